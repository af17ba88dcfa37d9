// Answers from memory where they would be the same again; who asks what is being asked for already waits with the others.
import type { Recipient } from "../upstream/relaying.ts";
import type { Answers, KeptAnswer } from "./answers.ts";
import { createFlight, type Flight } from "./flight.ts";

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
  /** Whether an answer that was kept, or asked for by another, will do. A fresh one is kept all the same. */
  takesKept: boolean;
  /** Its head says the outcome, as `x-broker-cache`. */
  recipient: Recipient;
  /** The caller's. */
  signal: AbortSignal;
  /** Asks OpenAI, until the signal ends that. */
  send(recipient: Recipient, signal: AbortSignal): Promise<string>;
}

/** Resolves when the answer begins. Throws what `send` throws, or the signal's reason. */
export type Cache = (request: CachedRequest) => Promise<Cached>;

interface Boarding {
  flight: Flight;
  /** Known when the answer begins. */
  isKept: boolean;
  /** The key's name. */
  begun: Promise<string | undefined>;
}

export const createCache = (answers: Answers): Cache => {
  const boardings = new Map<string, Boarding>();

  const begin = ({ key, ttlSeconds, takesKept, send }: CachedRequest): Boarding => {
    const flight = createFlight(answers.maxBytes);
    const find = async (): Promise<string | undefined> => {
      const kept = takesKept ? await answers.find(key) : undefined;
      if (!kept) return send(passenger, flight.signal);
      boarding.isKept = true;
      replay(kept, passenger);
      return undefined;
    };
    const keep = () => {
      const answer = flight.whole();
      if (!answer || boarding.isKept || !isKeepable(answer)) return;
      void answers.keep(key, answer, ttlSeconds);
    };
    const forget = () => boardings.get(key) === boarding && boardings.delete(key);
    const passenger: Recipient = {
      onHead: flight.onHead,
      onData: flight.onData,
      onEnd: () => {
        flight.onEnd();
        forget();
        keep();
      },
      onBreak: (reason) => {
        flight.onBreak(reason);
        forget();
      },
    };
    const boarding: Boarding = { flight, isKept: false, begun: Promise.resolve().then(find) };
    boardings.set(key, boarding);
    boarding.begun.catch(forget);
    return boarding;
  };

  return async (request) => {
    const { key, takesKept, recipient, signal } = request;
    signal.throwIfAborted();
    const other = takesKept ? boardings.get(key) : undefined;
    const isJoining = other?.flight.isOpen === true;
    const boarding = isJoining && other ? other : begin(request);
    const outcome = (): CacheOutcome => {
      if (boarding.isKept) return "hit";
      return isJoining ? "joined" : "miss";
    };
    boarding.flight.join(saying(recipient, outcome), signal);
    const left = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    const upstreamKey = await Promise.race([boarding.begun, left]);
    return { outcome: outcome(), upstreamKey };
  };
};

const saying = (recipient: Recipient, outcome: () => CacheOutcome): Recipient => ({
  ...recipient,
  onHead: (status, headers, flow) =>
    recipient.onHead(status, { ...headers, "x-broker-cache": outcome() }, flow),
});

const replay = ({ status, headers, body }: KeptAnswer, recipient: Recipient): void => {
  recipient.onHead(status, headers, { pause: () => {}, resume: () => {} });
  recipient.onData(body);
  recipient.onEnd();
};

const isKeepable = ({ status, headers }: KeptAnswer): boolean =>
  status === 200 && !/\bno-store\b/i.test(headers["cache-control"] ?? "");
