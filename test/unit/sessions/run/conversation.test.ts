// What comes over a session's connection, and its watchers.
import { expect, it } from "vitest";
import type { CreateWatcher, SessionControl } from "../../../../server/sessions/watchers/watcher.ts";
import { drivenRun } from "../../../support/driven-run.ts";
import { voiceSession } from "../../../support/voice-session.ts";

/** A session with a watcher that gives its control away. */
const controlled = async (watch: Partial<ReturnType<CreateWatcher>> = {}) => {
  const given = Promise.withResolvers<SessionControl>();
  const watcher: CreateWatcher = (control) => {
    given.resolve(control);
    return { onFact: () => {}, ...watch };
  };
  const driven = drivenRun(voiceSession(), { watchers: [watcher] });
  await driven.run;
  return { ...driven, control: await given.promise };
};

it("asks the model to go on once more where it was answering already", async () => {
  const { control, sent, hear } = await controlled();
  control.goOn();
  const [first] = sent;
  expect(first).toMatchObject({ type: "response.create" });
  const error = { code: "conversation_already_has_active_response", event_id: first?.event_id };
  hear({ type: "error", error: { ...error, event_id: "of-the-page" } });
  hear({ type: "response.done", response: { id: "r0" } });
  expect(sent).toHaveLength(1);
  hear({ type: "error", error });
  hear({ type: "response.done", response: { id: "r1" } });
  expect(sent).toHaveLength(2);
});

it("knows its own events by ids that no page can guess", async () => {
  const { control } = await controlled();
  const prefix = control.eventPrefix();
  expect([control.isOwn(`${prefix}i`), control.isOwn("other"), control.isOwn(undefined)]).toEqual([
    true,
    false,
    false,
  ]);
  for (let times = 0; times < 64; times += 1) control.eventPrefix();
  expect(control.isOwn(`${prefix}i`)).toBe(false);
});

it("tells its watchers when it is connected again, and when it is over", async () => {
  const told: unknown[] = [];
  const { run, time, drop } = await controlled({
    onJoined: () => void told.push("joined"),
    close: (isOver) => void told.push(isOver),
  });
  drop();
  await time.pass(0);
  await (await run).end("operator");
  expect(told).toEqual(["joined", "joined", true]);
});

it("notes when something was said last", async () => {
  const { run, time, hear } = await controlled();
  await time.pass(5000);
  hear({ type: "rate_limits.updated" });
  const { activeAt } = voiceSession();
  expect((await run).activeAt).toBe(activeAt);
  hear({ type: "input_audio_buffer.committed" });
  expect((await run).activeAt).toBe(activeAt + 5000);
});

it("sends nothing without a connection", async () => {
  const { control, sent, drop } = await controlled();
  drop();
  control.send([{ type: "session.update" }]);
  expect(sent).toEqual([]);
});

it("tolerates what is no event, and ends what its watchers cannot watch", async () => {
  const { time, hear, hearText, ended, events } = await controlled({
    onFact: () => {
      throw new Error("a fault");
    },
  });
  for (const text of ["", "{", "null", "[]", '{"type":7}', '{"type":"toString"}']) hearText(text);
  expect(events).toEqual([]);
  hear({ type: "input_audio_buffer.committed" });
  await time.pass(0);
  expect(ended).toEqual([{ reason: "sideband-lost", isProven: true }]);
});
