// The relay: a caller's request is checked, goes on to OpenAI under one of our keys, and the answer comes back as it flows.
import type { Caller } from "../auth/caller.ts";
import type { Timers } from "../clock.ts";
import { Failure } from "../failures/failure.ts";
import { parsable } from "../json/limits.ts";
import type { AttemptLog } from "../observe/event.ts";
import type { Fields, Recipient, RelayedRequest } from "../upstream/relay.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { cacheDirectives, cacheKeyOf } from "./cache/cache-key.ts";
import type { ShareableRequest } from "./cache/shared-request.ts";
import type { SharedRequests } from "./cache/shared-requests.ts";
import type { CacheOutcome } from "./cache/waiting-caller.ts";
import type { Moderate, ModerationRule } from "./moderation/moderation.ts";
import { type OnUnreadable, textsIn } from "./moderation/texts.ts";
import { modelsInQuery } from "./policy/model.ts";
import { readerOf, vouchedModel } from "./policy/paths.ts";
import { allowedRequestHeaders } from "./policy/request-headers.ts";
import { checkModel, type RelayRule } from "./policy/rules.ts";
import { type IncomingBody, type ReadBody, readRelayBody } from "./request-body.ts";
import { type AnswerFacts, ResponseWatch } from "./response-watch.ts";

export interface RelayCall {
  caller: Caller;
  rule: RelayRule;
  method: string;
  /** A plain path under /v1. */
  path: string;
  /** Without its question mark. */
  query: string;
  headers: Fields;
  body: IncomingBody | undefined;
  /** Aborts when the caller leaves. */
  signal: AbortSignal;
  attemptLog?: AttemptLog | undefined;
}

/** A call that the policy allows, with its body read. */
export interface CheckedCall {
  call: RelayCall;
  body: ReadBody | undefined;
}

/** What happened, for the log, the metrics and the ledger. */
export interface Relayed extends AnswerFacts {
  /** The name of the rule that allowed it. */
  rule: string;
  /** As the request names it, where OpenAI needs one for its answer. */
  model: string | undefined;
  /** The upstream key's name; undefined where none was needed. */
  upstreamKey: string | undefined;
  /** Undefined where the response cache has no part in it. */
  cache: CacheOutcome | undefined;
  /** Whether the usage is to be counted: that of an answer for several callers is once, that of a cached or stored one never. */
  countsUsage: boolean;
}

export interface RelayPorts {
  timers: Pick<Timers, "nextTurn">;
  upstream: Pick<Upstream, "relay">;
  sharedRequests: SharedRequests;
  moderate: Moderate;
  /** Makes a caller's id unreadable, and the same every time. */
  hashIdentity(id: string): string;
  /** How long OpenAI may take to begin its answer. */
  timeoutMs(): number;
}

/** Resolves when the answer has ended, whole or not. Throws what moderation or the upstream throws before it begins. */
export type Relay = (checked: CheckedCall, recipient: Recipient) => Promise<Relayed>;

/** Reads the body and checks the models that the call names; asks OpenAI nothing. Throws `model-forbidden`, or what reading throws. */
export const checkCall = async (call: RelayCall): Promise<CheckedCall> => {
  const { rule, method, path, query } = call;
  const body = call.body && (await readRelayBody(path, call.body));
  checkModel(rule, method, path, body?.model);
  for (const other of body?.others ?? []) checkModel(rule, method, path, other);
  for (const other of modelsInQuery(query)) checkModel(rule, method, path, other);
  if (moderationOf(call) && body?.isTooLargeToParse) throw tooLargeToModerate(rule);
  return { call, body };
};

export const createRelay =
  ({ timers, upstream, sharedRequests, moderate, hashIdentity, timeoutMs }: RelayPorts): Relay =>
  async ({ call, body }, recipient) => {
    const { caller, rule, signal } = call;
    const needsContent = rule.cacheSeconds > 0 || moderationOf(call) !== undefined;
    const shareable = needsContent ? await useContent(call, body, { moderate, timers }) : undefined;
    const identity = hashIdentity(caller.id);
    const timeLimitMs = timeoutMs();
    const takesUsageOut = rule.includeUsage && body?.askForUsage() === true;
    const request = requestOf(call, body, identity, timeLimitMs);
    const watch = new ResponseWatch(recipient, body, takesUsageOut);
    const { outcome, upstreamKey, claimUsage } = shareable
      ? await sharedRequests({
          ...shareable,
          identity,
          recipient: watch,
          signal,
          waitMs: request.isCallersTime ? request.timeoutMs : undefined,
          // The answer may be for others too: it has the service's deadline, and no single caller who leaves ends it.
          send: (shared, ending) =>
            upstream
              .relay({ ...request, signal: ending, timeoutMs: timeLimitMs, isCallersTime: false }, shared)
              // A caller who left has got no head, with which the watch releases the body.
              .finally(() => body?.release()),
        })
      : { outcome: undefined, upstreamKey: await upstream.relay(request, watch), claimUsage: () => true };
    await watch.ended();
    const facts = watch.facts();
    // A stored response that is read again tells its usage again; one that ran in the background tells it so alone.
    const tellsAnew = call.method !== "GET" || facts.backgroundId !== undefined;
    const countsUsage = facts.usage !== undefined && tellsAnew && claimUsage();
    const model = vouchedModel(call, body?.model);
    return { rule: rule.name, model, upstreamKey, cache: outcome, countsUsage, ...facts };
  };

const requestOf = (
  call: RelayCall,
  body: ReadBody | undefined,
  identity: string,
  timeoutMs: number,
): RelayedRequest => {
  const { caller, method, path, query, headers, signal, attemptLog } = call;
  const callersMs = callersTimeoutMs(headers);
  return {
    method,
    target: path.slice("/v1".length) + (query === "" ? "" : `?${query}`),
    headers: [...bodyHeaders(call, body), ...allowedRequestHeaders(headers, identity)],
    body: body?.body,
    callerId: caller.id,
    model: body?.model,
    signal,
    timeoutMs: Math.min(timeoutMs, callersMs),
    isCallersTime: callersMs < timeoutMs,
    attemptLog,
  };
};

type SameRequest = Pick<ShareableRequest, "key" | "mayReuse" | "ttlSeconds">;

// All that needs the content is made of it at once: it is not held in memory while something is waited for.
const useContent = async (
  call: RelayCall,
  body: ReadBody | undefined,
  { moderate, timers }: Pick<RelayPorts, "moderate" | "timers">,
): Promise<SameRequest | undefined> => {
  const { caller, path, signal } = call;
  const moderation = moderationOf(call);
  if (!body || body.isTooLargeToParse) return undefined;
  const { same, texts } = body.withContent((content) => ({
    same: sameRequestOf(call, content.json),
    texts: moderation && textsIn(path, content, unreadable[moderation.whenUnreadable]),
  }));
  if (!moderation || !texts) return same;
  // Reading the texts and dividing them each take their time with a large body; other requests have a turn in between.
  await new Promise<void>((resolve) => timers.nextTurn(resolve));
  await moderate(moderation, texts, caller.id, signal);
  return same;
};

// Where no model reads the texts there is nothing to check, such as long lists of tokens for embeddings.
const moderationOf = ({ rule, path }: RelayCall): ModerationRule | undefined =>
  readerOf(path) === "none" ? undefined : rule.moderation;

const tooLargeToModerate = ({ name }: RelayRule): Failure =>
  new Failure(
    "request-too-large",
    `Where what is sent is checked first, as \`relay.${name}.moderation\` says, JSON and the texts of a form may have ${parsable.bytes} bytes and ${parsable.values} values.`,
  );

const unreadable: Record<ModerationRule["whenUnreadable"], OnUnreadable> = {
  pass: () => {},
  refuse: (what) => {
    const way = "Send texts, and whole conversations with `store: false`.";
    throw new Failure("input-unreadable", `Moderation is on for you, and cannot read ${what}. ${way}`);
  },
};

const sameRequestOf = (call: RelayCall, json: unknown): SameRequest | undefined => {
  const { rule, method, path, query, headers } = call;
  const { noStore, noCache } = cacheDirectives(headers);
  if (rule.cacheSeconds === 0 || noStore) return undefined;
  // Where usage is asked for, another stream is stored than where it is not: the operator may change that.
  const scope = `${rule.name} ${rule.includeUsage ? "with" : "without"} usage`;
  const key = cacheKeyOf(scope, { method, path, query, headers, body: json });
  return key === undefined ? undefined : { key, ttlSeconds: rule.cacheSeconds, mayReuse: !noCache };
};

// A buffered body tells its own length.
const bodyHeaders = ({ body: incoming }: RelayCall, body: ReadBody | undefined): string[] => {
  const type = body?.mediaType === undefined ? [] : ["content-type", body.mediaType];
  const isStreamed = body?.body.kind === "streaming" && incoming?.length !== undefined;
  return isStreamed ? [...type, "content-length", String(incoming.length)] : type;
};

/** The caller's own time-out, as OpenAI's packages tell it. */
const callersTimeoutMs = (headers: Fields): number => {
  const seconds = Number(headers["x-stainless-timeout"]);
  return seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY;
};
