// What the ledger keeps: of a request a record where it was a job of a known caller, else at most a count; of a voice session its parts. Pure.
import { isJsonRecord } from "../json/record.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { JobDone, RequestEnded, Subject, Subscriber } from "../observe/event.ts";
import type { EventCaller } from "../observe/event-caller.ts";
import type { VoiceMetered } from "../observe/voice-event.ts";
import { noQuantities } from "../usage/quantities.ts";
import type { Ledger } from "./ledger.ts";
import { type RecordKind, type Story, sourceOf, type UsageRecord } from "./record.ts";

/**
 * Records what the events tell. Refusals beyond `MAX_REFUSALS` of one caller in a minute are only counted: else a caller who does not
 * stop at a limit would fill the disk.
 */
export const recordEvents = (ledger: Pick<Ledger, "record" | "countRefusal">): Subscriber => {
  const isOneOfFew = refusalsAMinute();
  return (event) => {
    if (event.kind === "voice-metered") return ledger.record(voiceRecord(event));
    if (event.kind !== "request-ended") return;
    const { at, caller, refusal } = event;
    const record = recordOf(event);
    if (record && (!isRefused(record) || isOneOfFew(record))) return ledger.record(record);
    if (!refusal) return;
    const { team, kind } = { team: caller?.team, kind: record?.kind };
    ledger.countRefusal({ at, problem: refusal.code, caller: caller && nameOf(caller), team, kind });
  };
};

const MAX_REFUSALS = 100;
const MINUTE_MS = 60_000;

const isRefused = ({ problem, status }: UsageRecord): boolean =>
  problem !== undefined && status >= 400 && status < 500;

const refusalsAMinute = (): ((record: UsageRecord) => boolean) => {
  const counts = new Map<string, number>();
  let minute = 0;
  return ({ at, caller }) => {
    const now = Math.floor(at / MINUTE_MS);
    if (now !== minute) counts.clear();
    minute = now;
    const count = (counts.get(caller) ?? 0) + 1;
    counts.set(caller, count);
    return count <= MAX_REFUSALS;
  };
};

/** Undefined where the caller is not known, and for what is no job, such as the page or the list of tools. */
export const recordOf = (event: RequestEnded): UsageRecord | undefined => {
  const { caller, done, refusal } = event;
  const subject = (done && subjectOf(done)) ?? refusal?.subject ?? event.subject;
  if (!caller || !subject) return undefined;
  const told = done?.kind === "relayed" ? done : undefined;
  const kind = done?.kind === "session-started" ? "session" : subject.kind;
  return {
    requestId: event.requestId,
    at: event.at,
    kind,
    source: sourceOf(kind),
    caller: nameOf(caller),
    team: caller.team,
    profile: subject.kind === "mint" || subject.kind === "report" ? subject.profile : undefined,
    rule: subject.kind === "relay" ? subject.rule : undefined,
    tool: subject.kind === "tool-call" ? subject.tool : undefined,
    upstreamKey: keyOf(event),
    model: modelOf(done) ?? event.model,
    status: statusOf(event),
    problem: refusal?.code,
    isAborted: event.isAborted || event.cutOff !== undefined || told?.broken !== undefined,
    cache: told?.cache,
    latencyMs: event.ms,
    tags: event.tags ?? [],
    ...spentBy(kind, event),
    story: storyOf(event),
  };
};

const voiceRecord = (event: VoiceMetered): UsageRecord => {
  const { sessionId, usageId, of, at, caller, profile, model, upstreamKey, tags, spent } = event;
  return {
    // Whichever replica meters a part, and however often: it is one record.
    ...{ requestId: `${sessionId}:${usageId}`, at, kind: "voice", source: sourceOf("voice") },
    ...{ caller: nameOf(caller), team: caller.team, profile, rule: undefined, tool: undefined },
    ...{ upstreamKey, model, status: 200, problem: undefined, isAborted: false, cache: undefined },
    ...{ latencyMs: 0, tags, ...spent },
    story: { method: "", route: "", session: sessionId, part: of },
  };
};

/** A guest's id holds an address. */
const nameOf = ({ kind, id }: EventCaller): string => (kind === "guest" ? "guest" : id);

const subjectOf = (done: JobDone): Subject => {
  switch (done.kind) {
    case "minted":
    case "call-started":
    case "ticket-issued":
    case "session-started":
      return { kind: "mint", profile: done.profile };
    case "tool-called":
      return { kind: "tool-call", tool: done.tool };
    case "relayed":
      return { kind: "relay", rule: done.rule };
    case "reported":
      return { kind: "report", profile: done.profile };
  }
};

const keyOf = ({ done, attempts }: RequestEnded): string | undefined =>
  done && "upstreamKey" in done ? done.upstreamKey : attempts?.at(-1)?.key;

const modelOf = (done: JobDone | undefined): string | undefined => {
  if (!done || done.kind === "tool-called") return undefined;
  return done.kind === "relayed" ? (done.answeredModel ?? done.model) : done.model;
};

// A call over MCP may fail in an answer that went well.
const statusOf = ({ status, refusal }: RequestEnded): number =>
  refusal && status < 400 ? refusal.status : status;

type Spending = Pick<UsageRecord, "costNanoUsd" | "quantities">;

const nothing: Spending = { quantities: noQuantities, costNanoUsd: 0 };
const unknown: Spending = { quantities: noQuantities, costNanoUsd: undefined };

const spentBy = (kind: RecordKind, { done, refusal, attempts }: RequestEnded): Spending => {
  if (kind === "tool-call" || kind === "session") return nothing;
  if (done?.kind === "relayed" || done?.kind === "reported") return done.spent ?? unknown;
  // What a key is used for, and what an attempt cost that did not end well, is not known here.
  return refusal && !attempts?.length ? nothing : unknown;
};

const storyOf = (event: RequestEnded): Story => {
  const { method, route, done, refusal, attempts } = event;
  return {
    method,
    route,
    openAiRequestId: done && "openAiRequestId" in done ? done.openAiRequestId : undefined,
    session: (done && "session" in done && done.session) || undefined,
    limits: refusal?.limits,
    pointers: refusal?.pointers,
    attempts,
    cause: causeOf(event),
  };
};

const causeOf = ({ cutOff, done, refusal, isAborted }: RequestEnded): string | undefined => {
  if (cutOff !== undefined) return cutOff;
  if (isAborted && !refusal) return "the caller left";
  if (done?.kind === "relayed" && done.broken) return done.broken.message;
  return refusal?.reason ?? wordsOf(describeCause(refusal?.cause));
};

const wordsOf = (cause: Record<string, unknown> | undefined): string | undefined => {
  if (!cause) return undefined;
  const { message, code, cause: deeper } = cause;
  const words = [message, code && `(${code})`, isJsonRecord(deeper) && wordsOf(deeper)];
  return words.filter((word) => typeof word === "string" && word !== "").join(" ");
};
