// The page's whole state as a pure reducer: views draw it, `main.ts` dispatches the events.
import type {
  BridgeState,
  EphemeralKey,
  ToolCallReport,
  ToolDescription,
  TranscriptLine,
} from "../../client/index.ts";
import {
  addLine,
  addNote,
  addToolCall,
  addUnwritten,
  beginSession,
  type Entry,
  endSession,
} from "./entries.ts";
import type { Problem } from "./problem.ts";

/** Whether the broker accepts this caller, as a guest or by token. */
export type Access = "checking" | "granted" | "token-needed" | "token-refused" | "unreachable";

export interface PageState {
  access: Access;
  /** Whether this tab has a token. */
  hasToken: boolean;
  tools: ToolDescription[];
  /** The profile for the next session. */
  profile: string;
  connection: BridgeState;
  muted: boolean;
  key: EphemeralKey | undefined;
  /** The key's lifetime when it arrived, in seconds. */
  keyLifetime: number;
  /** Unix seconds; set while live. */
  liveSince: number | undefined;
  /** Unix seconds. */
  now: number;
  entries: Entry[];
  problem: Problem | undefined;
  /** Whether the text chat is open. */
  writing: boolean;
}

export type PageEvent =
  | { type: "access-checked"; tools: ToolDescription[] }
  | { type: "access-refused"; access: "token-needed" | "token-refused" }
  | { type: "access-failed"; problem: Problem }
  | { type: "token-entered" }
  | { type: "token-forgotten" }
  | { type: "profile-chosen"; profile: string }
  | { type: "connection-changed"; connection: BridgeState; now: number }
  | { type: "key-minted"; key: EphemeralKey; now: number }
  | { type: "microphone-muted"; muted: boolean }
  | { type: "line-spoken"; line: TranscriptLine }
  | { type: "words-unwritten"; id: string }
  | { type: "tool-called"; call: ToolCallReport }
  | { type: "problem-met"; problem: Problem; soft: boolean }
  | { type: "problem-dismissed" }
  | { type: "writing-chosen"; writing: boolean }
  | { type: "second-passed"; now: number };

export const initialState = (profile: string, hasToken: boolean, now: number): PageState => ({
  access: "checking",
  hasToken,
  tools: [],
  profile,
  connection: "idle",
  muted: false,
  key: undefined,
  keyLifetime: 0,
  liveSince: undefined,
  now,
  entries: [],
  problem: undefined,
  writing: false,
});

/** The state after an event. */
export const reduceState = (state: PageState, event: PageEvent): PageState => {
  switch (event.type) {
    case "access-checked":
      return { ...state, access: "granted", tools: event.tools, problem: undefined };
    case "access-refused":
      return { ...state, access: event.access, hasToken: false, tools: [], problem: undefined };
    case "access-failed":
      return { ...state, access: "unreachable", problem: event.problem };
    case "token-entered":
      return { ...state, access: "checking", hasToken: true, problem: undefined };
    case "token-forgotten":
      return { ...state, access: "checking", hasToken: false, key: undefined };
    case "profile-chosen":
      return { ...state, profile: event.profile };
    case "connection-changed":
      return changeConnection(state, event.connection, event.now);
    case "key-minted":
      return {
        ...state,
        key: event.key,
        keyLifetime: event.key.expires_at - event.now,
        now: event.now,
      };
    case "microphone-muted":
      return { ...state, muted: event.muted };
    case "line-spoken":
      return { ...state, entries: addLine(state.entries, event.line) };
    case "words-unwritten":
      return {
        ...state,
        entries: addUnwritten(state.entries, event.id, state.key?.profile ?? state.profile),
      };
    case "tool-called":
      return { ...state, entries: addToolCall(state.entries, event.call) };
    case "problem-met":
      return event.soft
        ? { ...state, entries: addNote(state.entries, event.problem) }
        : {
            ...state,
            problem: event.problem,
            writing: state.writing || event.problem.isVoiceless === true,
          };
    case "problem-dismissed":
      return { ...state, problem: undefined };
    case "writing-chosen":
      return { ...state, writing: event.writing };
    case "second-passed":
      return { ...state, now: event.now };
  }
};

const changeConnection = (state: PageState, connection: BridgeState, now: number): PageState => {
  switch (connection) {
    case "connecting":
      // The key so far belongs to the previous session.
      return {
        ...state,
        connection,
        now,
        key: undefined,
        problem: undefined,
        entries: beginSession(state.entries, now),
      };
    case "live":
      return { ...state, connection, now, liveSince: now };
    case "idle":
    case "stopped":
    case "failed":
      return { ...state, connection, now, liveSince: undefined, entries: endSession(state.entries) };
  }
};
