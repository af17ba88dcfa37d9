// One record of the ledger: what came of one request of a known caller, or what a part of a voice session used.
import type { Attempt } from "../observe/event.ts";
import type { Quantities } from "../usage/quantities.ts";

/**
 * What was asked for. `session`: a supervised voice session was started. `voice` is no request: a part of such a session was metered,
 * such as one response.
 */
export const recordKinds = ["mint", "tool-call", "relay", "report", "session", "voice"] as const;
export type RecordKind = (typeof recordKinds)[number];

/**
 * How far a record can be trusted; records of different sources are never added up. `minted`: a key was handed out, and what it will
 * use is not known here. `metered`: it passed this service or was watched by it, and OpenAI told its usage. `reported`: a page told it.
 */
export type RecordSource = "minted" | "metered" | "reported";

/** How the requests themselves can be trusted; what pages tell about them is a request of its own. */
export const sourceOf = (kind: RecordKind): RecordSource => sources[kind];

const sources = {
  mint: "minted",
  "tool-call": "metered",
  relay: "metered",
  report: "reported",
  session: "metered",
  voice: "metered",
} as const satisfies Record<RecordKind, RecordSource>;

/** What `broker why` tells of a request, beside its record. */
export interface Story {
  method: string;
  route: string;
  openAiRequestId?: string | undefined;
  /** The limits and budgets that were used up. */
  limits?: readonly string[] | undefined;
  /** JSON pointers to what was wrong in the input. */
  pointers?: readonly string[] | undefined;
  attempts?: readonly Attempt[] | undefined;
  /** Why it was refused, failed or was cut off, without secrets. */
  cause?: string | undefined;
  session?: string | undefined;
  /** What of a session a `voice` record is of. */
  part?: VoicePart | undefined;
}

export const voiceParts = ["backend", "response", "transcription", "unseen-time", "voice-time"] as const;
export type VoicePart = (typeof voiceParts)[number];

export interface UsageRecord {
  /** Of the request, or `<session>:<part>`. A record is kept once, however often it is written. */
  requestId: string;
  /** When the request ended, or the part was metered: milliseconds since 1970. */
  at: number;
  kind: RecordKind;
  source: RecordSource;
  /** The caller's id; `guest` for all guests, whose ids hold addresses. */
  caller: string;
  team: string | undefined;
  profile: string | undefined;
  /** The entry of `relay`. */
  rule: string | undefined;
  tool: string | undefined;
  upstreamKey: string | undefined;
  /** The model that answered, else the one that was asked for. */
  model: string | undefined;
  status: number;
  /** The problem's code, where the request was refused. */
  problem: string | undefined;
  /** Whether it ended before the answer was whole: then the quantities are what was known. */
  isAborted: boolean;
  cache: "hit" | "joined" | "miss" | undefined;
  latencyMs: number;
  /** The caller's own, at most ten of 64 characters. */
  tags: readonly string[];
  quantities: Quantities;
  /** As `Spent` has it; zero for what costs nothing, such as a hit in the response cache. */
  costNanoUsd: number | undefined;
  story: Story;
}
