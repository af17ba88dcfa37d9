// Callers who wait for one shared request, and an OpenAI that answers by hand.
import { createBufferMemory } from "../../server/relay/cache/buffer-memory.ts";
import type { CachedResponse } from "../../server/relay/cache/response-cache.ts";
import { type ShareableRequest, SharedRequest } from "../../server/relay/cache/shared-request.ts";
import { WaitingCaller } from "../../server/relay/cache/waiting-caller.ts";
import type { Recipient } from "../../server/upstream/relay.ts";
import { testFlow, testRecipient } from "./recipient.ts";

/** A request that Alice sent, and that others may wait for. */
export const setUp = (cached?: CachedResponse) => {
  const timers: { ms: number; run: () => void; timesStopped: number }[] = [];
  const openAi = upstream();
  const request = (more: Partial<ShareableRequest> = {}): ShareableRequest => ({
    key: "k",
    ttlSeconds: 60,
    identity: "alice",
    mayReuse: true,
    recipient: testRecipient(),
    signal: new AbortController().signal,
    waitMs: undefined,
    send: openAi.send,
    ...more,
  });
  const shared = new SharedRequest(
    request(),
    {
      responses: { maxBytes: 100, find: async () => cached, store: async () => {} },
      memory: createBufferMemory(1000),
    },
    () => {},
  );
  const wait = (more: Partial<ShareableRequest> = {}, hasJoined = true) => {
    const leaving = new AbortController();
    const recipient = testRecipient();
    const own = upstream();
    const waiting = new WaitingCaller(
      request({ recipient, signal: leaving.signal, send: own.send, ...more }),
      shared,
      hasJoined,
    );
    const outcome = waiting
      .wait((ms, run) => {
        const timer = { ms, run, timesStopped: 0 };
        timers.push(timer);
        return () => {
          timer.timesStopped += 1;
        };
      })
      .catch((error: unknown) => error);
    return { outcome, recipient, own, leave: () => leaving.abort(new Error("the caller left")) };
  };
  return { wait, timers, openAi };
};

/** OpenAI, for one request. */
const upstream = () => {
  const answer = Promise.withResolvers<string>();
  const sent: { recipient: Recipient; signal: AbortSignal }[] = [];
  const send: ShareableRequest["send"] = (recipient, signal) => {
    sent.push({ recipient, signal });
    signal.addEventListener("abort", () => answer.reject(signal.reason));
    return answer.promise;
  };
  const begin = (status = 200, headers: Record<string, string> = {}) => {
    sent[0]?.recipient.onHead(status, headers, testFlow());
    answer.resolve("the-key");
  };
  const end = (text: string) => {
    sent[0]?.recipient.onData(Buffer.from(text));
    sent[0]?.recipient.onEnd();
  };
  return { send, sent, begin, end, fail: answer.reject };
};

/** All that follows from it has happened. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));
