// What of a session is booked: each part once, and by the clock what was not seen.
import { expect, it } from "vitest";
import type { VoiceMetered } from "../../../../server/observe/voice-event.ts";
import { meter } from "../../../../server/sessions/watchers/meter.ts";
import { noQuantities } from "../../../../server/usage/quantities.ts";
import type { BilledAnswer } from "../../../../server/usage/spent.ts";
import type { Usage } from "../../../../server/usage/usage.ts";
import { notedControl, voiceOf } from "../../../support/driven-run.ts";
import { NOON, voiceSession } from "../../../support/voice-session.ts";

const setUp = (session = voiceSession()) => {
  const { control, totals } = notedControl(session);
  const metered: VoiceMetered[] = [];
  const asked: BilledAnswer[] = [];
  const watcher = meter({
    clock: { now: () => NOON },
    emit: (event) => metered.push(event as VoiceMetered),
    spentOn: (answer) => {
      asked.push(answer);
      const { total_tokens: tokens } = answer.usage ?? {};
      if (typeof tokens !== "number") return undefined;
      return { quantities: { ...noQuantities, audioIn: tokens, seconds: 1 }, costNanoUsd: tokens * 10 };
    },
  })(control);
  const use = (id: string, usage: Usage, of: "backend" | "response" | "transcription" = "response") =>
    watcher.onFact({ kind: "usage", id, of, usage, model: undefined });
  return { watcher, use, totals, metered, asked };
};

it("books each response once, to its caller and key", () => {
  const { use, totals, metered, asked } = setUp(voiceSession({ tags: ["a"] }));
  use("resp_1", { total_tokens: 5 });
  use("resp_1", { total_tokens: 5 });
  use("resp_2", { total_tokens: 7 });
  expect(totals).toMatchObject({ responses: 2, tokens: 12, costNanoUsd: 120 });
  expect(metered.map(({ usageId }) => usageId)).toEqual(["response:resp_1", "response:resp_2"]);
  expect(metered[0]).toMatchObject({
    ...{ kind: "voice-metered", at: NOON, sessionId: "vs_one", caller: { id: "token:alice" } },
    ...{ profile: "default", model: "gpt-realtime-2.1", upstreamKey: "default", tags: ["a"], of: "response" },
    spent: { costNanoUsd: 50 },
  });
  expect(asked[0]).toMatchObject({ path: "/v1/realtime", model: "gpt-realtime-2.1", upstreamKey: "default" });
});

it("books a transcription to the model that made it, also where the page chose it", () => {
  const audio = (model: string) => ({ audio: { input: { transcription: { model } } } });
  const session = { type: "realtime", ...audio("gpt-transcribe") };
  const { use, watcher, metered, totals } = setUp(voiceSession({ session }));
  use("item_1:0", { total_tokens: 1 }, "transcription");
  watcher.onFact({ kind: "updated", session: audio("whisper-1") });
  use("item_2:0", { total_tokens: 1 }, "transcription");
  expect(metered.map(({ model }) => model)).toEqual(["gpt-transcribe", "whisper-1"]);
  expect(totals.responses).toBe(0);
});

it("says so where OpenAI tells nothing that can be counted", () => {
  const { use, totals, metered } = setUp();
  use("resp_1", { odd: true });
  expect(metered[0]?.spent).toEqual({ quantities: noQuantities, costNanoUsd: undefined });
  expect(totals).toMatchObject({ responses: 1, tokens: 0, costNanoUsd: 0 });
});

it("forgets the oldest ids, so that no session grows without end", () => {
  const { use, metered } = setUp();
  for (let index = 0; index < 300; index += 1) use(`r${index}`, { total_tokens: 1 });
  use("r299", { total_tokens: 1 });
  expect(metered).toHaveLength(300);
});

it("charges by the clock for the time in which nothing was seen, a minute at a time", () => {
  const { watcher, totals, metered } = setUp(voiceSession({ voice: voiceOf({ usd_per_minute: 0.6 }) }));
  for (let second = 1; second <= 70; second += 1) {
    totals.unseenSeconds += 1;
    watcher.onTick?.(NOON + second * 1000);
  }
  watcher.onTick?.(NOON + 71_000);
  totals.unseenSeconds += 1.5;
  watcher.close?.(true);
  expect(
    metered.map(({ usageId, of, spent }) => [usageId, of, spent.quantities.seconds, spent.costNanoUsd]),
  ).toEqual([
    [`unseen:${NOON}`, "unseen-time", 60, 600_000_000],
    [`unseen:${NOON + 61_000}`, "unseen-time", 10, 100_000_000],
    [`unseen:${NOON - 1500}`, "unseen-time", 1.5, 15_000_000],
  ]);
  expect(totals.costNanoUsd).toBe(715_000_000);
});
