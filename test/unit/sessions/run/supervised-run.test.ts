// One session of this replica: joined, lost, ended, and what is counted meanwhile.
import { expect, it } from "vitest";
import type { CreateWatcher } from "../../../../server/sessions/watchers/watcher.ts";
import { JoinRefused } from "../../../../server/upstream/calls.ts";
import { drivenRun, voiceOf } from "../../../support/driven-run.ts";
import { NOON, voiceSession } from "../../../support/voice-session.ts";

const refuse = (status: number) => () => Promise.reject(new JoinRefused(status));
const fail = () => Promise.reject(new Error("no"));
const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
const troubles = (events: unknown[]) => events.map((event) => (event as { what?: string }).what);

it("is there when OpenAI lets it join, after some attempts", async () => {
  const { run, time, asked, told } = drivenRun(voiceSession(), { joins: times(3, refuse(404)) });
  await time.pass(2500);
  expect((await run).totals.unseenSeconds).toBe(0);
  expect(asked).toEqual(times(4, "join"));
  expect(told).toEqual([{ kind: "state", state: "open", reason: undefined }]);
});

it("ends a session that it may not join, where the profile says so", async () => {
  const { run, time, asked, ended, events } = drivenRun(voiceSession(), { joins: times(9, refuse(403)) });
  const failed = expect(run).rejects.toMatchObject({ status: 403 });
  await time.pass(6000);
  await failed;
  expect(asked).toEqual([...times(5, "join"), "hang up"]);
  expect(ended).toEqual([{ reason: "sideband-lost", isProven: true }]);
  expect(troubles(events)).toEqual(["sideband-lost"]);
});

it("goes on by the clock where the profile says so, and is joined as soon as that is possible", async () => {
  const session = voiceSession({ voice: voiceOf({ without_sideband: "go_on" }) });
  const { run, time, events } = drivenRun(session, { joins: times(6, fail) });
  await time.pass(5000);
  const each = await run;
  await time.pass(2000);
  each.tick(time.clock.now());
  expect(each.totals.unseenSeconds).toBeCloseTo(5.25, 5);
  expect(troubles(events)).toEqual(["sideband-lost", "sideband-back"]);
});

it("counts the time in which no replica saw a session that it takes over", async () => {
  for (const [silentMs, unseenSeconds] of [
    [1500, 2.5],
    [60_000, 4],
  ] as const) {
    const session = voiceSession({ term: 2, activeAt: NOON - silentMs, openedAt: NOON - 90_000 });
    const { run, time, events } = drivenRun(session, { joins: [refuse(503), refuse(503)] });
    await time.pass(1000);
    expect((await run).totals.unseenSeconds).toBe(unseenSeconds);
    expect(events).toEqual([]);
  }
});

it("joins again at once when the connection is lost, and counts the time between", async () => {
  const { run, time, drop, asked, events } = drivenRun(voiceSession(), {
    joins: [async () => {}, fail, fail],
  });
  const { totals } = await run;
  drop();
  await time.pass(10_000);
  expect(asked).toEqual(times(4, "join"));
  expect(totals.unseenSeconds).toBe(0.75);
  expect(troubles(events)).toEqual(["sideband-lost", "sideband-back"]);
});

it("is over when OpenAI does not know the call any more", async () => {
  const { run, time, drop, asked, ended } = drivenRun(voiceSession(), {
    joins: [async () => {}, refuse(404)],
  });
  await run;
  drop();
  await time.pass(0);
  expect(asked).toEqual(["join", "join", "hang up"]);
  expect(ended).toEqual([{ reason: "caller-left", isProven: true }]);
});

it("ends after ten seconds in which it could not be seen", async () => {
  const { run, time, drop, ended } = drivenRun(voiceSession(), {
    joins: [async () => {}, ...times(99, fail)],
  });
  const each = await run;
  drop();
  await time.pass(9000);
  each.tick(time.clock.now());
  expect(ended).toEqual([]);
  await time.pass(1000);
  each.tick(time.clock.now());
  await time.pass(0);
  expect(ended).toEqual([{ reason: "sideband-lost", isProven: true }]);
});

it("ends a session of which nothing was heard for a minute, as no browser has come", async () => {
  // An update that no one here has sent is the page's.
  for (const [event, isOver] of [
    [{ type: "session.updated", session: {} }, false],
    [{ type: "rate_limits.updated" }, false],
    [undefined, true],
  ] as const) {
    const { run, time, hear, ended } = drivenRun();
    const each = await run;
    if (event) hear(event);
    await time.pass(60_000);
    each.tick(time.clock.now());
    await time.pass(0);
    expect(ended).toEqual(isOver ? [{ reason: "caller-left", isProven: true }] : []);
  }
});

it("asks whether a silent call still exists, which OpenAI does not say when the browser leaves", async () => {
  const joins = [async () => {}, async () => {}, refuse(404)];
  const { run, time, hear, asked, ended } = drivenRun(voiceSession(), { joins });
  const each = await run;
  hear({ type: "input_audio_buffer.committed" });
  const passSeconds = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      await time.pass(1000);
      each.tick(time.clock.now());
    }
    await time.pass(0);
  };
  await passSeconds(25);
  hear({ type: "input_audio_buffer.committed" });
  await passSeconds(30);
  expect(asked).toEqual(["join"]);
  await passSeconds(1);
  expect(asked).toEqual(["join", "join", "close"]);
  expect(ended).toEqual([]);
  await passSeconds(30);
  expect(asked.slice(3)).toEqual(["join", "hang up", "close"]);
  expect(ended).toEqual([{ reason: "caller-left", isProven: true }]);
});

it("tries to hang up for fifteen seconds, and says so where OpenAI does not confirm it", async () => {
  const { run, time, asked, ended, events, told } = drivenRun(voiceSession(), { hangUp: fail });
  const each = await run;
  const ending = each.end("cost");
  void each.end("operator");
  await time.pass(20_000);
  await ending;
  expect(asked.filter((what) => what === "hang up").length).toBe(6);
  expect(ended).toEqual([{ reason: "cost", isProven: false }]);
  expect(troubles(events)).toEqual(["not-ended"]);
  expect(told.slice(1)).toEqual([
    { kind: "state", state: "ending", reason: "cost" },
    { kind: "state", state: "ended", reason: "cost" },
  ]);
  expect(time.pending()).toBe(0);
});

it("waits for the usage of an answer that is cut off", async () => {
  const facts: string[] = [];
  const watcher: CreateWatcher = () => ({
    onFact: ({ kind }) => facts.push(kind),
    close: () => facts.push("closed"),
  });
  const { run, time, hear, ended } = drivenRun(voiceSession(), { watchers: [watcher] });
  const each = await run;
  hear({ type: "response.created", response: { id: "r" } });
  void each.end("duration");
  await time.pass(100);
  expect(ended).toEqual([]);
  hear({ type: "response.done", response: { id: "r", usage: { total_tokens: 1 } } });
  await time.pass(0);
  expect(ended).toHaveLength(1);
  hear({ type: "response.created", response: { id: "r2" } });
  expect(facts).toEqual(["response-began", "activity", "usage", "response-ended", "closed"]);
});

it("is over when OpenAI says so", async () => {
  const { run, hear, asked, ended } = drivenRun();
  await run;
  hear({ type: "error", error: { code: "session_expired" } });
  expect(ended).toEqual([{ reason: "expired", isProven: true }]);
  expect(asked).toEqual(["join", "close"]);
});

it("is let go without being ended", async () => {
  const { run, time, hear, asked, ended } = drivenRun();
  const each = await run;
  each.release();
  hear({ type: "error", error: { code: "session_expired" } });
  await time.pass(30_000);
  expect([asked, ended, time.pending()]).toEqual([["join", "close"], [], 0]);
});
