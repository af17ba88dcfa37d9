// The third job: a caller's request goes on to OpenAI under one of our keys, and the answer comes back as it flows.
import type { Caller } from "../auth/caller.ts";
import { Failure } from "../failure.ts";
import type { Fields, Recipient, RelayedRequest, Relays } from "../upstream/relaying.ts";
import type { Cache, CachedRequest, CacheOutcome } from "./cache.ts";
import { cacheKeyOf } from "./cache-key.ts";
import { fieldsGoing } from "./fields.ts";
import { takeIn, type UnreadBody } from "./intake.ts";
import type { Moderate, ModerationRule } from "./moderation.ts";
import { checkModel, type RelayRule } from "./rules.ts";
import { type OnUnreadable, textsIn } from "./texts.ts";
import { type Usage, usageTap } from "./usage.ts";

export interface RelayCall {
  caller: Caller;
  rule: RelayRule;
  method: string;
  /** A plain path under /v1. */
  path: string;
  /** Without its question mark. */
  query: string;
  headers: Fields;
  body: UnreadBody | undefined;
  /** Ends it when the caller goes. */
  signal: AbortSignal;
}

/** What the log should know of a relayed request. */
export interface Relayed {
  model: string | undefined;
  /** Undefined where no key was needed. */
  upstreamKey: string | undefined;
  /** Undefined where answers are not kept. */
  cache: CacheOutcome | undefined;
  openAiRequestId: string | undefined;
  status: number;
  usage: Usage | undefined;
  /** Why the answer ended before it was whole. */
  broken: Error | undefined;
}

export interface RelayPorts {
  upstream: Relays;
  cache: Cache;
  moderate: Moderate;
  /** Makes a caller's id unreadable, and the same every time. */
  hashIdentity(id: string): string;
  /** How long OpenAI may take to begin its answer. */
  timeoutMs: number;
}

export type Relay = (call: RelayCall, recipient: Recipient) => Promise<Relayed>;

/**
 * Resolves when the answer has ended, whole or not. Throws `model-forbidden`, what moderation throws, what reading the body throws,
 * or what the upstream throws, as long as nothing of an answer has come.
 */
export const relayWith =
  ({ upstream, cache, moderate, hashIdentity, timeoutMs }: RelayPorts): Relay =>
  async (call, recipient) => {
    const { caller, rule, method, path, query, headers, signal } = call;
    const intake = call.body && (await takeIn(path, call.body));
    checkModel(rule, method, path, intake?.model);
    const { moderation } = rule;
    if (moderation && intake) {
      await moderate(
        moderation,
        textsIn(path, intake, unreadable[moderation.whenUnreadable]),
        caller.id,
        signal,
      );
    }
    const identity = hashIdentity(caller.id);
    const patience = patienceOf(headers);
    const request: RelayedRequest = {
      method,
      target: path.slice("/v1".length) + (query === "" ? "" : `?${query}`),
      headers: [...lengthOf(call, intake?.body.kind), ...fieldsGoing(headers, identity)],
      body: intake?.body,
      callerId: caller.id,
      model: intake?.model,
      signal,
      timeoutMs: Math.min(timeoutMs, patience),
      isCallersTime: patience < timeoutMs,
    };
    const watched = watch(recipient);
    const same = sameAs(call, intake?.json);
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
const lengthOf = ({ body }: RelayCall, kind: "kept" | "passing" | undefined): string[] =>
  kind === "passing" && body?.length !== undefined ? ["content-length", String(body.length)] : [];

/** How long the caller waits, as OpenAI's packages tell. */
const patienceOf = (headers: Fields): number => {
  const seconds = Number(headers["x-stainless-timeout"]);
  return seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY;
};

type Ending = Pick<Relayed, "broken" | "openAiRequestId" | "status" | "usage">;

const watch = (recipient: Recipient): Recipient & { ended: Promise<Ending> } => {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const tap = usageTap();
  let status = 0;
  let openAiRequestId: string | undefined;
  const end = (broken?: Error) => resolve({ status, openAiRequestId, usage: tap.read(), broken });
  return {
    ended: promise,
    onHead: (code, headers, flow) => {
      status = code;
      openAiRequestId = typeof headers["x-request-id"] === "string" ? headers["x-request-id"] : undefined;
      recipient.onHead(code, headers, flow);
    },
    onData: (chunk) => {
      tap.add(chunk);
      recipient.onData(chunk);
    },
    onEnd: () => {
      recipient.onEnd();
      end();
    },
    onBreak: (reason) => {
      recipient.onBreak(reason);
      end(reason);
    },
  };
};
