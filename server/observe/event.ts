// What happened, as one typed event each: the log, the metrics and the books subscribe to them.
import type { Spent } from "../usage/quantities.ts";
import type { Usage } from "../usage/usage.ts";
import type { AttemptTrace } from "./attempt-trace.ts";
import type { BudgetReached } from "./budget-event.ts";
import type { EventCaller } from "./event-caller.ts";
import type { VoiceEvent } from "./voice-event.ts";

/** One attempt with a key at OpenAI. */
export interface Attempt {
  /** The key's name. */
  key: string;
  /** As the upstream classifies it, and how it failed: `answered`, `limited`, `failed: timeout`, … */
  outcome: string;
  ms: number;
  /** OpenAI's, where it answered with an error. */
  status?: number | undefined;
  /** OpenAI's name of an attempt that failed. */
  openAiRequestId?: string | undefined;
}

/** Where the attempts of one request are noted. */
export interface AttemptLog {
  /** Undefined as long as none has failed: of a request that went well with its first key, the key is told elsewhere. */
  attempts: Attempt[] | undefined;
  /** Undefined where the request is not traced. */
  readonly trace?: AttemptTrace | undefined;
}

/** What a request is about. */
export type Subject =
  | { kind: "mint"; profile: string }
  | { kind: "tool-call"; tool: string }
  | { kind: "relay"; rule: string }
  | { kind: "report"; profile: string };

/** A job that was done. */
export type Job =
  | {
      kind: "minted";
      profile: string;
      model: string | undefined;
      /** OpenAI's name of the session. */
      session: string | null;
      upstreamKey: string;
      openAiRequestId: string | undefined;
    }
  | { kind: "call-started"; profile: string; model: string | undefined; upstreamKey: string }
  /** A ticket for a supervised session; `session` is our name of it. */
  | { kind: "ticket-issued"; profile: string; model: string | undefined; session: string }
  /** A supervised session; what it uses is metered apart. */
  | {
      kind: "session-started";
      profile: string;
      model: string | undefined;
      session: string;
      upstreamKey: string;
      openAiRequestId: string | undefined;
    }
  | { kind: "tool-called"; tool: string }
  | {
      /** A page told what its voice session used: it may be anything. */
      kind: "reported";
      profile: string;
      model: string | undefined;
      /** OpenAI's name of the session. */
      session: string | null;
      /** Of all responses together. */
      usage: Usage;
      responses: number;
      /** Its quantities and their cost, as if it were true. */
      spent?: Spent | undefined;
    }
  | {
      kind: "relayed";
      rule: string;
      status: number;
      model: string | undefined;
      /** Undefined where no key was needed. */
      upstreamKey: string | undefined;
      openAiRequestId: string | undefined;
      /** Undefined where answers are not cached. */
      cache: "hit" | "joined" | "miss" | undefined;
      /** As OpenAI told it, whole. */
      usage: Usage | undefined;
      /** Whether that is to be counted: OpenAI is paid once for an answer that several callers get. */
      countsUsage: boolean;
      /** Of that usage, what is to be counted, and its cost; undefined where nothing is known. */
      spent?: Spent | undefined;
      /** The model that answered, with its date. */
      answeredModel: string | undefined;
      serviceTier: string | undefined;
      /** Why the answer ended before it was whole. */
      broken: Error | undefined;
    };

interface OfRequest {
  requestId: string;
  /** Undefined until the caller is known. */
  caller: EventCaller | undefined;
}

export type JobDone = Job &
  OfRequest & {
    seconds: number;
    /** The client's address as the log may have it. */
    client?: string | undefined;
  };

export interface Refused extends OfRequest {
  kind: "refused";
  /** The problem's code. */
  code: string;
  status: number;
  /** What was refused; undefined where that was not known yet, or where it was done and something after it failed. */
  subject: Subject | undefined;
  /** How long the job took that failed; undefined where it had not begun. */
  seconds: number | undefined;
  /** The limits that are used up. */
  limits: readonly string[] | undefined;
  /** JSON pointers to what was wrong in the input. */
  pointers: readonly string[] | undefined;
  /** Why credentials were rejected. */
  reason: string | undefined;
  cause: unknown;
}

/** The last event of each request. */
export interface RequestEnded extends OfRequest {
  kind: "request-ended";
  /** Milliseconds since 1970. */
  at: number;
  method: string;
  /** The route as the table of operations has it, or `unmatched`. */
  route: string;
  path: string;
  /** 499 where the caller left before the answer. */
  status: number;
  ms: number;
  /** The client's address as the log may have it. */
  client: string | undefined;
  subject: Subject | undefined;
  /** The model that was asked for, where its job was not done; a job tells its own. */
  model?: string | undefined;
  /** The job that was done, if any. */
  done: JobDone | undefined;
  /** The refusal that was answered, if any. Something may fail after the job was done. */
  refusal: Refused | undefined;
  /** Whether the caller left before the end of the answer, or before it began. */
  isAborted: boolean;
  /** Why the answer was cut off before its end. */
  cutOff: string | undefined;
  /** The caller's own words for it, for reports. */
  tags?: readonly string[] | undefined;
  /** The attempts at OpenAI, in their order; undefined where the first went well. */
  attempts?: readonly Attempt[] | undefined;
  /** Undefined where the request is not traced. */
  traceId?: string | undefined;
  /** Worth a line only when it failed. */
  isQuiet: boolean;
}

/** What an operator changed over HTTP. */
export interface OperatorActed extends OfRequest {
  kind: "operator-acted";
  /** Milliseconds since 1970. */
  at: number;
  /** The operator's address as the log may have it. */
  client: string | undefined;
  action:
    | "session-end-requested"
    | "token-rotated"
    | "user-added"
    | "user-changed"
    | "user-disabled"
    | "user-enabled"
    | "user-removed";
  /** Whom or what it was done to, such as `user:bob`. */
  target: string;
  /** What was decided, without secrets. */
  details: Readonly<Record<string, unknown>>;
}

/** Requests that a setting which is missing may explain. */
export type SettingMissing =
  /** A page's origin is not among those that may read answers; as it was sent. */
  | { kind: "origin-refused"; origin: string }
  /** A proxy's header where no proxy is trusted. */
  | { kind: "proxy-unknown"; header: "forwarded" | "x-forwarded-for"; peer: string };

export type BrokerEvent =
  | JobDone
  | Refused
  | RequestEnded
  | BudgetReached
  | OperatorActed
  | SettingMissing
  | VoiceEvent;
export type Subscriber = (event: BrokerEvent) => void;
