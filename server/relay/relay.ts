// The third job: a caller's request goes on to OpenAI under one of our keys, and the answer comes back as it flows.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Caller } from "../auth/caller.ts";
import { Failure } from "../failures/failure.ts";
import { parsable } from "../json/limits.ts";
import type { Fields, Recipient, RelayedRequest } from "../upstream/relay.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { Cache, CachedRequest, CacheOutcome } from "./cache/cache.ts";
import { cacheKeyOf } from "./cache/cache-key.ts";
import type { Moderate, ModerationRule } from "./moderation/moderation.ts";
import { type OnUnreadable, textsIn } from "./moderation/texts.ts";
import { modelsInQuery } from "./policy/model.ts";
import { readerOf } from "./policy/paths.ts";
import { allowedRequestHeaders } from "./policy/request-headers.ts";
import { checkModel, type RelayRule } from "./policy/rules.ts";
import { type IncomingBody, type ReadBody, readRelayBody } from "./request-body.ts";
import { type Ending, watchAnswer } from "./response-watch.ts";

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
  /** Ends it when the caller goes. */
  signal: AbortSignal;
}

/** A call that may go on, and what was read of its body. */
export interface CheckedCall {
  call: RelayCall;
  intake: ReadBody | undefined;
}

/** What the log should know of a relayed request. */
export interface Relayed extends Ending {
  model: string | undefined;
  /** Undefined where no key was needed. */
  upstreamKey: string | undefined;
  /** Undefined where answers are not kept. */
  cache: CacheOutcome | undefined;
}

export interface RelayPorts {
  upstream: Pick<Upstream, "relay">;
  cache: Cache;
  moderate: Moderate;
  /** Makes a caller's id unreadable, and the same every time. */
  hashIdentity(id: string): string;
  /** How long OpenAI may take to begin its answer. */
  timeoutMs: number;
}

export type Relay = (checked: CheckedCall, recipient: Recipient) => Promise<Relayed>;

/** Reads the body, and asks OpenAI nothing. Throws `model-forbidden`, or what reading throws. */
export const checkCall = async (call: RelayCall): Promise<CheckedCall> => {
  const { rule, method, path, query, body } = call;
  const intake = body && (await readRelayBody(path, body));
  checkModel(rule, method, path, intake?.model);
  for (const other of intake?.others ?? []) checkModel(rule, method, path, other);
  for (const other of modelsInQuery(query)) checkModel(rule, method, path, other);
  if (moderationOf(call) && intake?.isTooLargeToParse) throw tooLargeToModerate(rule);
  return { call, intake };
};

/**
 * Resolves when the answer has ended, whole or not. Throws what moderation throws, or what the upstream throws, as long as
 * nothing of an answer has come.
 */
export const relayWith =
  ({ upstream, cache, moderate, hashIdentity, timeoutMs }: RelayPorts): Relay =>
  async ({ call, intake }, recipient) => {
    const { caller, method, path, query, headers, signal } = call;
    const same = await useContent(call, intake, moderate);
    const identity = hashIdentity(caller.id);
    const timeBudget = timeBudgetOf(headers);
    const request: RelayedRequest = {
      method,
      target: path.slice("/v1".length) + (query === "" ? "" : `?${query}`),
      headers: [...bodyFields(call, intake), ...allowedRequestHeaders(headers, identity)],
      body: intake?.body,
      callerId: caller.id,
      model: intake?.model,
      signal,
      timeoutMs: Math.min(timeoutMs, timeBudget),
      isCallersTime: timeBudget < timeoutMs,
    };
    const watched = watchAnswer(recipient, () => intake?.release());
    const { outcome, upstreamKey } = same
      ? await cache({
          ...same,
          identity,
          recipient: watched,
          signal,
          waitMs: request.isCallersTime ? request.timeoutMs : undefined,
          // It may be answered to others, so its time is the service's, and no caller's leaving ends it.
          send: (recipient, ending) =>
            upstream.relay({ ...request, signal: ending, timeoutMs, isCallersTime: false }, recipient),
        })
      : { outcome: undefined, upstreamKey: await upstream.relay(request, watched) };
    return { model: intake?.model, upstreamKey, cache: outcome, ...(await watched.ended) };
  };

// Whatever needs the content is made of it at once, and nothing holds it while something is waited for.
const useContent = async (
  call: RelayCall,
  intake: ReadBody | undefined,
  moderate: Moderate,
): Promise<ReturnType<typeof sameAs>> => {
  const { caller, rule, path, signal } = call;
  const moderation = moderationOf(call);
  const isNeeded = moderation !== undefined || rule.cacheSeconds > 0;
  if (!isNeeded || !intake || intake.isTooLargeToParse) return undefined;
  const { same, texts } = intake.reading((content) => ({
    same: sameAs(call, content.json),
    texts: moderation && textsIn(path, content, unreadable[moderation.whenUnreadable]),
  }));
  if (!moderation || !texts) return same;
  // Each of the two takes its time with a large body; between them others have their turn.
  await nextTurn();
  await moderate(moderation, texts, caller.id, signal);
  return same;
};

// Where no model reads the texts, there is nothing to check: lists of tokens for embeddings may be long.
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

const sameAs = (
  { rule, method, path, query, headers }: RelayCall,
  json: unknown,
): Pick<CachedRequest, "key" | "takesKept" | "ttlSeconds"> | undefined => {
  const wish = String(headers["cache-control"] ?? "");
  if (rule.cacheSeconds === 0 || /\bno-store\b/i.test(wish)) return undefined;
  const key = cacheKeyOf(rule.name, { method, path, query, headers, body: json });
  if (key === undefined) return undefined;
  return { key, ttlSeconds: rule.cacheSeconds, takesKept: !/\bno-cache\b/i.test(wish) };
};

// What is kept tells its own length.
const bodyFields = ({ body }: RelayCall, intake: ReadBody | undefined): string[] => {
  const type = intake?.mediaType === undefined ? [] : ["content-type", intake.mediaType];
  const isPassing = intake?.body.kind === "streaming" && body?.length !== undefined;
  return isPassing ? [...type, "content-length", String(body.length)] : type;
};

/** How long the caller waits, as OpenAI's packages tell. */
const timeBudgetOf = (headers: Fields): number => {
  const seconds = Number(headers["x-stainless-timeout"]);
  return seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY;
};
