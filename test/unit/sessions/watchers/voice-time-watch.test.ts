// What of a GPT-Live session's voice time is booked, and when.
import { expect, it } from "vitest";
import type { VoiceMetered } from "../../../../server/observe/voice-event.ts";
import { voiceTimeWatch } from "../../../../server/sessions/watchers/voice-time-watch.ts";
import { noQuantities } from "../../../../server/usage/quantities.ts";
import { notedControl } from "../../../support/driven-run.ts";
import { NOON, voiceSession } from "../../../support/voice-session.ts";

const setUp = (more: Parameters<typeof voiceSession>[0] = {}) => {
  const session = voiceSession({ interface: "live", model: "gpt-live-1", ...more });
  const { control, totals } = notedControl(session);
  const metered: VoiceMetered[] = [];
  let now = NOON;
  const watcher = voiceTimeWatch({
    clock: { now: () => now },
    emit: (event) => metered.push(event as VoiceMetered),
    spentOn: ({ usage, model, path }) => {
      expect([model, path]).toEqual(["gpt-live-1", "/v1/live/sessions"]);
      const seconds = Number(usage?.seconds);
      return { quantities: { ...noQuantities, seconds }, costNanoUsd: seconds * 100 };
    },
  })(control);
  const booked = () => metered.map(({ usageId, spent }) => [usageId, spent.quantities.seconds]);
  return {
    ...{ totals, metered, booked },
    tell: (seconds: number) => watcher.onFact({ kind: "voice-time", seconds }),
    over: (seconds: number | undefined) => watcher.onFact({ kind: "over", reason: "hung-up", seconds }),
    tickAt: (seconds: number) => {
      now = NOON + seconds * 1000;
      watcher.onTick?.(now);
    },
    close: (isOver: boolean) => watcher.close?.(isOver),
  };
};

it("books the fifteen seconds of the create at once, as voice time of the session", () => {
  const { booked, totals, metered } = setUp();
  expect(booked()).toEqual([["voice-0", 15]]);
  expect(totals).toMatchObject({ voiceSeconds: 15, costNanoUsd: 1500 });
  expect(metered[0]).toMatchObject({ kind: "voice-metered", of: "voice-time", model: "gpt-live-1" });
});

it("books what OpenAI counts, to its last second", () => {
  const { booked, tell, over, close, totals } = setUp();
  tell(61.2);
  tell(61.2);
  tell(60);
  over(93.4);
  close(true);
  expect(booked()).toEqual([
    ["voice-0", 15],
    ["voice-15", 45],
    ["voice-60", expect.closeTo(33.4)],
  ]);
  expect(totals.voiceSeconds).toBeCloseTo(93.4);
  expect(totals.costNanoUsd).toBeCloseTo(9340);
});

it("goes by the clock where OpenAI tells nothing: late while it is seen, at once while it is not", () => {
  const { booked, tickAt, totals } = setUp();
  tickAt(149);
  expect(booked()).toHaveLength(1);
  tickAt(151);
  expect(booked().at(-1)).toEqual(["voice-15", 45]);
  totals.unseenSeconds += 1;
  tickAt(185);
  expect(booked().at(-1)).toEqual(["voice-120", 60]);
});

it("books what OpenAI counts in the end where the clock was ahead of it", () => {
  const { booked, tickAt, over, close, totals } = setUp();
  totals.unseenSeconds += 1;
  tickAt(100);
  over(80);
  close(true);
  expect(booked()).toEqual([
    ["voice-0", 15],
    ["voice-15", 45],
    ["voice-60", 20],
  ]);
  expect(totals).toMatchObject({ voiceSeconds: 80, costNanoUsd: 8000 });
});

it("believes no clock that is behind what OpenAI has counted", () => {
  const { booked, tell, tickAt, close } = setUp();
  tell(90);
  tickAt(70);
  close(true);
  expect(booked().at(-1)).toEqual(["voice-60", 30]);
});

it("books the last part by the clock where OpenAI does not confirm the end", () => {
  const { booked, tell, tickAt, close } = setUp();
  tell(61);
  tickAt(80);
  close(true);
  expect(booked().at(-1)).toEqual(["voice-60", 20]);
});

it("leaves the part that has begun to the replica that takes over", () => {
  const { booked, tell, close } = setUp();
  tell(70);
  close(false);
  expect(booked()).toEqual([
    ["voice-0", 15],
    ["voice-15", 45],
  ]);
});

it("goes on where another replica stopped, and books that one's newest span again under its name", () => {
  const totals = { responses: 0, tokens: 0, costNanoUsd: 6000, voiceSeconds: 70, unseenSeconds: 0 };
  const taken = setUp({ term: 2, totals });
  taken.over(130);
  expect(taken.booked()).toEqual([
    ["voice-15", 45],
    ["voice-60", 60],
    ["voice-120", 10],
  ]);
  expect(taken.totals).toMatchObject({ costNanoUsd: 13_000, voiceSeconds: 130 });
});
