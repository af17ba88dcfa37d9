// How sessions stand, for those who follow them.
import { expect, it } from "vitest";
import type { VoiceSession } from "../../../../server/sessions/session.ts";
import type { SessionFilter } from "../../../../server/sessions/store/session-store.ts";
import { createStateWatch } from "../../../../server/sessions/told/state-watch.ts";
import { createTestTime } from "../../../support/time.ts";
import { voiceSession } from "../../../support/voice-session.ts";

const watchOver = (rows: () => Promise<VoiceSession[]>) => {
  const time = createTestTime();
  const asked: SessionFilter[] = [];
  const list = (filter: SessionFilter) => {
    asked.push(filter);
    return rows();
  };
  return { time, asked, ...createStateWatch({ sessions: { list }, timers: time.timers }) };
};

const open = voiceSession({ id: "vs_a" });

it("asks once a second for all that are followed, and not at all while none is", async () => {
  const { watch, time, asked } = watchOver(async () => [open, voiceSession({ id: "vs_b" })]);
  const told: string[] = [];
  const stops = ["vs_a", "vs_a", "vs_b"].map((id) =>
    watch(id, (session) => told.push(session?.id ?? "gone")),
  );
  await time.pass(2000);
  expect(asked).toEqual([
    { ids: ["vs_a", "vs_b"], limit: 2 },
    { ids: ["vs_a", "vs_b"], limit: 2 },
  ]);
  expect(told).toEqual(["vs_a", "vs_a", "vs_b", "vs_a", "vs_a", "vs_b"]);
  for (const stop of stops) stop?.();
  await time.pass(5000);
  expect([asked.length, time.pending()]).toEqual([2, 0]);
});

it("tells that a session is no more kept, and goes on while the database is away", async () => {
  let answer: () => Promise<VoiceSession[]> = () => Promise.reject(new Error("away"));
  const { watch, time } = watchOver(() => answer());
  const told: (VoiceSession | undefined)[] = [];
  watch("vs_a", (session) => told.push(session));
  await time.pass(3000);
  expect(told).toEqual([]);
  answer = async () => [];
  await time.pass(1000);
  expect(told).toEqual([undefined]);
});

it("lets four follow one session, and any number follow others", () => {
  const { watch } = watchOver(async () => []);
  const stops = Array.from({ length: 5 }, () => watch("vs_a", () => {}));
  expect(stops.map((stop) => stop !== undefined)).toEqual([true, true, true, true, false]);
  expect(watch("vs_b", () => {})).toBeDefined();
  stops[0]?.();
  expect(watch("vs_a", () => {})).toBeDefined();
});

it("asks for many sessions in parts", async () => {
  const { watch, time, asked } = watchOver(async () => []);
  for (let count = 0; count < 1200; count += 1) watch(`vs_${count}`, () => {});
  await time.pass(1000);
  expect(asked.map(({ ids }) => ids?.length)).toEqual([500, 500, 200]);
});
