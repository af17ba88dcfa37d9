// How long the client waits before a lost connection is made anew.
import { expect, it } from "vitest";
import { BrokerError } from "../../client/broker-error.ts";
import { backoffMs } from "../../client/realtime/backoff.ts";
import { VoiceError, voiceError } from "../../client/voice/voice-error.ts";

const lost = new VoiceError("connection-lost", "lost");
const refused = (status: number, retryAfterSeconds?: number): VoiceError =>
  voiceError(new BrokerError({ status, code: "x", title: "x", detail: "x", retryAfterSeconds }));

it("doubles the wait up to eight seconds, and spreads it over its second half", () => {
  expect([0, 1, 2, 3, 4, 9].map((attempt) => backoffMs(lost, attempt, 1))).toEqual([
    500, 1000, 2000, 4000, 8000, 8000,
  ]);
  expect(backoffMs(lost, 0, 0)).toBe(250);
});

it("waits as long as it is asked to, but not for a minute", () => {
  expect(backoffMs(refused(503, 20), 0, 0)).toBe(20_000);
  expect(backoffMs(refused(429, 3), 4, 1)).toBe(8000);
  expect(backoffMs(refused(429, 60), 0, 0)).toBeUndefined();
});

it("does not ask again for what the caller is refused", () => {
  expect([401, 403, 422].map((status) => backoffMs(refused(status), 0, 0))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(backoffMs(refused(0), 0, 0)).toBe(250);
});
