// The third job: a caller's request goes on to OpenAI under one of our keys, and the answer comes back as it flows.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Caller } from "../auth/caller.ts";
import { Failure } from "../failure.ts";
import { parsable } from "../json-limits.ts";
import type { Fields, Recipient, RelayedRequest, Relays } from "../upstream/relaying.ts";
import type { Cache, CachedRequest, CacheOutcome } from "./cache.ts";
import { fieldsGoing } from "./fields.ts";
import { type Intake, takeIn, type UnreadBody } from "./intake.ts";
import { modelsInQuery } from "./model.ts";
import type { Moderate } from "./moderation.ts";
import { checkModel, type RelayRule } from "./rules.ts";
import { isDeterministic, keyOf } from "./sameness.ts";
import { textsIn } from "./texts.ts";
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
  /** How long OpenAI may take to begin its answer. */
  timeoutMs: number;
}

export type Relay = (call: RelayCall, recipient: Recipient) => Promise<Relayed>;

/**
 * Resolves when the answer has ended, whole or not. Throws `model-forbidden`, `input-flagged`, what reading the body throws,
 * or what the upstream throws, as long as nothing of an answer has come.
 */
export const relayWith =
  ({ upstream, cache, moderate, timeoutMs }: RelayPorts): Relay =>
  async (call, recipient) => {
    const { rule, method, path, query, headers, signal } = call;
    const intake = call.body && (await takeIn(path, call.body));
    checkModel(rule, method, path, intake?.model);
    for (const other of intake?.others ?? []) checkModel(rule, method, path, other);
    for (const other of modelsInQuery(query)) checkModel(rule, method, path, other);
    const same = await useValue(call, intake, moderate);
    const patience = patienceOf(headers);
    const request: RelayedRequest = {
      method,
      target: path.slice("/v1".length) + (query === "" ? "" : `?${query}`),
      headers: [...bodyFields(call, intake), ...fieldsGoing(headers)],
      body: intake?.body,
      model: intake?.model,
      signal,
      timeoutMs: Math.min(timeoutMs, patience),
      isCallersTime: patience < timeoutMs,
    };
    const watched = watch(recipient, () => intake?.release());
    const { outcome, upstreamKey } = same
      ? await cache({
          ...same,
          recipient: watched,
          signal,
          send: (recipient, ending) => upstream.relay({ ...request, signal: ending }, recipient),
        })
      : { outcome: undefined, upstreamKey: await upstream.relay(request, watched) };
    return { model: intake?.model, upstreamKey, cache: outcome, ...(await watched.ended) };
  };

// A parsed value takes more memory than its text, so whatever needs it is done here, and nobody keeps it.
const useValue = async (
  call: RelayCall,
  intake: Intake | undefined,
  moderate: Moderate,
): Promise<ReturnType<typeof sameAs>> => {
  const { rule, path, signal } = call;
  if (rule.moderation && intake?.isTooLargeToParse) throw tooLargeToModerate(rule);
  const isNeeded = rule.moderation !== undefined || rule.cacheSeconds > 0;
  const json = isNeeded && intake?.isTooLargeToParse === false ? intake.parse() : undefined;
  const same = sameAs(call, json);
  if (!rule.moderation) return same;
  const texts = textsIn(path, json);
  // Each of the two takes its time with a large body; between them others have their turn.
  await nextTurn();
  await moderate(rule.moderation, texts, signal);
  return same;
};

const tooLargeToModerate = ({ name }: RelayRule): Failure =>
  new Failure(
    "request-too-large",
    `Where what is sent is checked first, as \`relay.${name}.moderation\` says, JSON may have ${parsable.bytes} bytes and ${parsable.values} values.`,
  );

const sameAs = (
  { rule, method, path, query, headers }: RelayCall,
  json: unknown,
): Pick<CachedRequest, "key" | "takesKept" | "ttlSeconds"> | undefined => {
  const wish = String(headers["cache-control"] ?? "");
  if (rule.cacheSeconds === 0 || /\bno-store\b/i.test(wish) || !isDeterministic(method, path, json)) {
    return undefined;
  }
  const key = keyOf(rule.name, path, query, json);
  return { key, ttlSeconds: rule.cacheSeconds, takesKept: !/\bno-cache\b/i.test(wish) };
};

// What is kept tells its own length.
const bodyFields = ({ body }: RelayCall, intake: Intake | undefined): string[] => {
  const type = intake?.mediaType === undefined ? [] : ["content-type", intake.mediaType];
  const isPassing = intake?.body.kind === "passing" && body?.length !== undefined;
  return isPassing ? [...type, "content-length", String(body.length)] : type;
};

/** How long the caller waits, as OpenAI's packages tell. */
const patienceOf = (headers: Fields): number => {
  const seconds = Number(headers["x-stainless-timeout"]);
  return seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY;
};

type Ending = Pick<Relayed, "broken" | "openAiRequestId" | "status" | "usage">;

// From the head of an answer on, the request is not sent again.
const watch = (recipient: Recipient, onBegun: () => void): Recipient & { ended: Promise<Ending> } => {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const tap = usageTap();
  let status = 0;
  let openAiRequestId: string | undefined;
  const end = (broken?: Error) => resolve({ status, openAiRequestId, usage: tap.read(), broken });
  return {
    ended: promise,
    onHead: (code, headers, flow) => {
      onBegun();
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
