// Everything the page shows, and how each happening changes it. Pure: the views draw it, `main.ts` feeds it.
import type {
  BridgeState,
  EphemeralKey,
  ToolCallReport,
  ToolDescription,
  TranscriptLine,
} from "../../client/index.ts";
import { addLine, addNote, addToolCall, beginSession, type Entry, endSession } from "./entries.ts";
import type { Problem } from "./problem.ts";

/** Whether this caller gets in: as a guest or by token, or has yet to show one. */
export type Access = "checking" | "granted" | "token-needed" | "token-refused" | "unreachable";

export interface PageState {
  access: Access;
  /** A token is kept in this tab. */
  hasToken: boolean;
  tools: ToolDescription[];
  /** The profile that the next start asks for. */
  profile: string;
  connection: BridgeState;
  muted: boolean;
  key: EphemeralKey | undefined;
  /** What the key had when it came, in seconds. */
  keyLifetime: number;
  /** Unix seconds; set while live. */
  liveSince: number | undefined;
  /** Unix seconds. */
  now: number;
  entries: Entry[];
  problem: Problem | undefined;
  /** Whether the chat in writing is open. */
  writing: boolean;
}

export type Happening =
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

/** The state after something happened. */
export const next = (state: PageState, happening: Happening): PageState => {
  switch (happening.type) {
    case "access-checked":
      return { ...state, access: "granted", tools: happening.tools, problem: undefined };
    case "access-refused":
      return { ...state, access: happening.access, hasToken: false, tools: [], problem: undefined };
    case "access-failed":
      return { ...state, access: "unreachable", problem: happening.problem };
    case "token-entered":
      return { ...state, access: "checking", hasToken: true, problem: undefined };
    case "token-forgotten":
      return { ...state, access: "checking", hasToken: false, key: undefined };
    case "profile-chosen":
      return { ...state, profile: happening.profile };
    case "connection-changed":
      return changeConnection(state, happening.connection, happening.now);
    case "key-minted":
      return {
        ...state,
        key: happening.key,
        keyLifetime: happening.key.expires_at - happening.now,
        now: happening.now,
      };
    case "microphone-muted":
      return { ...state, muted: happening.muted };
    case "line-spoken":
      return { ...state, entries: addLine(state.entries, happening.line) };
    case "tool-called":
      return { ...state, entries: addToolCall(state.entries, happening.call) };
    case "problem-met":
      return happening.soft
        ? { ...state, entries: addNote(state.entries, happening.problem) }
        : {
            ...state,
            problem: happening.problem,
            writing: state.writing || happening.problem.isVoiceless === true,
          };
    case "problem-dismissed":
      return { ...state, problem: undefined };
    case "writing-chosen":
      return { ...state, writing: happening.writing };
    case "second-passed":
      return { ...state, now: happening.now };
  }
};

const changeConnection = (state: PageState, connection: BridgeState, now: number): PageState => {
  switch (connection) {
    case "connecting":
      // The old key belongs to the session before.
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
