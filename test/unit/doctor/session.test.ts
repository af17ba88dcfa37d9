// What a session shows of an account, by the events that OpenAI sends in it.
import { expect, it } from "vitest";
import { limitsBy } from "../../../server/doctor/limit.ts";
import { type EventSocket, type RealtimeEvent, SocketRefused } from "../../../server/doctor/openai.ts";
import { sessionCheck } from "../../../server/doctor/session.ts";
import { doctorKey, socketOf } from "../../support/doctor-key.ts";
import { createTestTime } from "../../support/time.ts";

const created: RealtimeEvent = { type: "session.created", session: {} };
const done = (status: string, error?: Record<string, string>): RealtimeEvent => ({
  type: "response.done",
  response: { status, status_details: error ? { type: "failed", error } : null },
});
const quota = { code: "insufficient_quota", type: "insufficient_quota", message: "You exceeded your quota." };

const examine = async (events: readonly RealtimeEvent[], closedWith?: EventSocket["closedWith"]) => {
  const { socket, sent, isDisposed } = socketOf(events, closedWith);
  const time = createTestTime();
  const key = doctorKey({ openSocket: async () => socket });
  const ports = { clock: time.clock, startLimit: limitsBy(time.timers) };
  const running = sessionCheck(key, "gpt-realtime-2.1", ports).run(new AbortController().signal);
  await time.pass(15_000);
  const [finding] = await running;
  return { finding, sent, isDisposed: isDisposed() };
};

it("is well where the model answers, with its time", async () => {
  const { finding, sent, isDisposed } = await examine([
    created,
    { type: "response.created" },
    done("completed"),
  ]);
  expect(finding).toMatchObject({ check: "session", level: "ok", figures: { answerMs: 0 } });
  expect(sent.map(({ type }) => type)).toEqual(["conversation.item.create", "response.create"]);
  expect(isDisposed).toBe(true);
});

it("is well where the answer was cut at its longest", async () => {
  expect((await examine([created, done("incomplete")])).finding?.level).toBe("ok");
});

it.each([
  ["a response that failed", [created, done("failed", quota)], undefined],
  ["an error event", [created, { type: "error", error: quota }], undefined],
  ["the reason with which it closes", [created], { code: 4001, reason: "insufficient_quota" }],
] as const)("finds an account that may spend nothing by %s", async (_, events, closedWith) => {
  const { finding } = await examine(events, closedWith);
  expect(finding).toMatchObject({ check: "quota.exhausted", level: "fault" });
  expect(finding?.cause).toContain("insufficient_quota");
});

it("finds a session that stays silent", async () => {
  const { finding, isDisposed } = await examine([created]);
  expect(finding).toMatchObject({ check: "session.silent", level: "fault" });
  expect(isDisposed).toBe(true);
});

it("tells what OpenAI said of another failure, without what may be a key", async () => {
  const error = { code: "server_error", message: "It broke for sk-proj-0123456789abcdef." };
  const { finding } = await examine([created, done("failed", error)]);
  expect(finding).toMatchObject({ check: "session.failed" });
  expect(finding?.cause).toBe("OpenAI said server_error: It broke for [redacted].");
});

it("finds a connection that closes without a reason", async () => {
  const { finding } = await examine([created], { code: 1006, reason: "" });
  expect(finding).toMatchObject({ check: "session.failed", cause: "OpenAI said nothing more and closed." });
});

it("finds that no WebSocket opens", async () => {
  const key = doctorKey({ openSocket: () => Promise.reject(new SocketRefused("no")) });
  const { clock, timers } = createTestTime();
  const check = sessionCheck(key, "gpt-realtime-2.1", { clock, startLimit: limitsBy(timers) });
  expect(await check.run(new AbortController().signal)).toMatchObject([{ check: "session.refused" }]);
});

it("opens none where no profile is for talking", async () => {
  const { clock, timers } = createTestTime();
  const check = sessionCheck(doctorKey(), undefined, { clock, startLimit: limitsBy(timers) });
  expect(await check.run(new AbortController().signal)).toMatchObject([{ check: "session", level: "note" }]);
});
