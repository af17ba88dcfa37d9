// The response cache: answers that would be the same again come from memory, and callers who ask for the same at once share one request.
import { Failure } from "../../failures/failure.ts";
import type { Recipient } from "../../upstream/relay.ts";
import type { BufferMemory } from "./buffer-memory.ts";
import type { Answers, CachedResponse } from "./response-cache.ts";
import { createSharedAnswer, type SharedAnswer } from "./single-flight.ts";

/** `hit`: it was kept. `joined`: another had asked. `miss`: OpenAI was asked. */
export type CacheOutcome = "hit" | "joined" | "miss";

export interface Cached {
  outcome: CacheOutcome;
  /** The name of the key that was used; undefined for a hit. */
  upstreamKey: string | undefined;
}

export interface CachedRequest {
  key: string;
  ttlSeconds: number;
  /** The caller's, as OpenAI is told. */
  identity: string;
  /** Whether an answer that was kept, or asked for by another, will do. A fresh one is kept all the same. */
  takesKept: boolean;
  /** Its head says the outcome, as `x-broker-cache`. */
  recipient: Recipient;
  /** The caller's. */
  signal: AbortSignal;
  /** How long this caller waits for the answer to begin; undefined where they wait as long as the service does. */
  waitMs: number | undefined;
  /** Asks OpenAI on behalf of all who wait, until the signal ends that. */
  send(recipient: Recipient, signal: AbortSignal): Promise<string>;
}

/** Resolves when the answer begins. Throws what `send` throws, `upstream-timeout` after `waitMs`, or the signal's reason. */
export type Cache = (request: CachedRequest) => Promise<Cached>;

export interface CachePorts {
  answers: Answers;
  memory: BufferMemory;
  /** Runs it once after so many milliseconds, unless what is returned is called before. */
  startTimer(ms: number, run: () => void): () => void;
}

/** One request to OpenAI, or one look for what was kept, and all who wait for it. */
interface SharedRequest {
  answer: SharedAnswer;
  /** Of the caller who asked first. */
  identity: string;
  /** Known when the answer begins. */
  isKept: boolean;
  /** The key's name. */
  begun: Promise<string | undefined>;
}

export const createCache = ({ answers, memory, startTimer }: CachePorts): Cache => {
  const underWay = new Map<string, SharedRequest>();

  const begin = ({ key, ttlSeconds, takesKept, send, identity }: CachedRequest): SharedRequest => {
    const answer = createSharedAnswer({
      maxBytes: answers.maxBytes,
      memory,
      onWhole: (whole) => {
        if (!shared.isKept && isKeepable(whole)) void answers.keep(key, whole, ttlSeconds);
      },
    });
    const forget = () => underWay.get(key) === shared && underWay.delete(key);
    const source: Recipient = {
      ...answer.source,
      onEnd: () => {
        forget();
        answer.source.onEnd();
      },
      onBreak: (reason) => {
        forget();
        answer.source.onBreak(reason);
      },
    };
    const find = async (): Promise<string | undefined> => {
      const kept = takesKept ? await answers.find(key) : undefined;
      if (!kept) return send(copying(source), answer.signal);
      shared.isKept = true;
      replay(kept, source);
      return undefined;
    };
    const shared: SharedRequest = { answer, identity, isKept: false, begun: Promise.resolve().then(find) };
    underWay.set(key, shared);
    // A failure is everyone's who waits for it, and nobody's who asks later.
    shared.begun.catch(forget);
    answer.signal.addEventListener("abort", forget);
    return shared;
  };

  return async (request) => {
    const { key, takesKept, recipient, signal, waitMs, identity, send } = request;
    signal.throwIfAborted();
    const other = takesKept ? underWay.get(key) : undefined;
    const joined = other?.answer.isOpen ? other : undefined;
    const shared = joined ?? begin(request);
    const outcome = (): CacheOutcome => {
      if (shared.isKept) return "hit";
      return joined ? "joined" : "miss";
    };
    const isOthers = shared.identity !== identity;
    const ending = new AbortController();
    const { promise: left, reject } = Promise.withResolvers<never>();
    let stopTimer = () => {};
    let isRefused = false;
    const leave = shared.answer.subscribe({
      ...recipient,
      onHead: (status, headers, flow) => {
        isRefused = isOthers && status >= 400;
        if (isRefused) return;
        stopTimer();
        recipient.onHead(status, { ...headers, "x-broker-cache": outcome() }, flow);
      },
      onData: (chunk) => isRefused || recipient.onData(chunk),
      onEnd: () => isRefused || recipient.onEnd(),
      onBreak: (reason) => isRefused || recipient.onBreak(reason),
    });
    const give = (reason: Error): void => {
      leave(reason);
      ending.abort(reason);
      reject(reason);
    };
    if (waitMs !== undefined) stopTimer = startTimer(waitMs, () => give(new Failure("upstream-timeout")));
    signal.addEventListener("abort", () => give(signal.reason), { once: true });
    try {
      const upstreamKey = await Promise.race([shared.begun, left]);
      if (!isRefused) return { outcome: outcome(), upstreamKey };
      // OpenAI may have refused the caller, not the request: nobody is refused for another.
      leave(new Error("refused for another caller"));
      const own = marked(recipient, () => stopTimer());
      return { outcome: "miss", upstreamKey: await Promise.race([send(own, ending.signal), left]) };
    } finally {
      stopTimer();
    }
  };
};

const marked = (recipient: Recipient, onHead: () => void): Recipient => ({
  ...recipient,
  onHead: (status, headers, flow) => {
    onHead();
    recipient.onHead(status, { ...headers, "x-broker-cache": "miss" }, flow);
  },
});

// What comes from a socket may be part of something much larger. What is kept is given as it is: a copy for each who takes it
// slowly would fill the memory.
const copying = (recipient: Recipient): Recipient => ({
  ...recipient,
  onData: (chunk) => recipient.onData(Buffer.from(chunk)),
});

const replay = ({ status, headers, body }: CachedResponse, recipient: Recipient): void => {
  recipient.onHead(status, headers, { pause: () => {}, resume: () => {} });
  recipient.onData(body);
  recipient.onEnd();
};

const isKeepable = ({ status, headers, body }: CachedResponse): boolean => {
  if (status !== 200 || /\bno-store\b/i.test(headers["cache-control"] ?? "")) return false;
  return !headers["content-type"]?.startsWith("text/event-stream") || isWholeStream(body);
};

// A stream has begun with 200 before it fails, and may say so in an event and end as if it were whole.
const isWholeStream = (body: Buffer): boolean =>
  body.subarray(-64).toString("latin1").trimEnd().endsWith("data: [DONE]") &&
  !body.includes('data: {"error"');
