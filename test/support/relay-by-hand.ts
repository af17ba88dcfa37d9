// A relayed request without a network: the test says what undici tells of its connection.
import type { Dispatcher } from "undici";
import { Secret } from "../../server/secret.ts";
import type { RelayedRequest } from "../../server/upstream/relay.ts";
import { relayAccount } from "../../server/upstream/relay.undici.ts";
import { upstreamErrorOf } from "../../server/upstream/upstream-error.ts";
import { testRecipient } from "./recipient.ts";

/** A request whose connection is the test's: what undici is asked, and what it then tells. */
export const relayByHand = (more: Partial<RelayedRequest> = {}, timeoutMs = 5000) => {
  const asked: Dispatcher.DispatchOptions[] = [];
  let handler: Dispatcher.DispatchHandler = {};
  const dispatch = (options: Dispatcher.DispatchOptions, given: Dispatcher.DispatchHandler) => {
    asked.push(options);
    handler = given;
  };
  const aborted: unknown[] = [];
  const flow = { abort: (reason: unknown) => aborted.push(reason), pause: () => {}, resume: () => {} };
  const byHand = { dispatch } as unknown as Dispatcher;
  const ports = { agent: byHand, clock: { now: () => 0 }, idleMs: () => 60_000, onRelayed: () => {} };
  const recipient = testRecipient();
  const begun = relayAccount(
    { name: "a", token: { current: () => new Secret("sk-of-a") }, base_url: "https://host" },
    ports,
  ).relay(
    {
      ...{ method: "POST", target: "/files", headers: [], body: undefined, callerId: "a", model: "m" },
      ...{ signal: new AbortController().signal, timeoutMs, isCallersTime: false, ...more },
    },
    recipient,
    timeoutMs,
  );
  begun.catch(() => {});
  const controller = flow as unknown as Dispatcher.DispatchController;
  return {
    ...{ asked, aborted, recipient, begun },
    start: () => handler.onRequestStart?.(controller, {}),
    head: (status: number) => handler.onResponseStart?.(controller, status, {}),
    data: (text: string) => handler.onResponseData?.(controller, Buffer.from(text)),
    end: () => handler.onResponseEnd?.(controller, {}),
    fail: async (error: Error) => {
      handler.onResponseError?.(controller, error);
      return upstreamErrorOf(await begun.catch((cause: unknown) => cause))?.outcome;
    },
  };
};
