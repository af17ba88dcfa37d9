// What of a GPT-Live session is booked, and how it ends.
import { afterEach, beforeEach, expect, it } from "vitest";
import { beginLive, currentOf, liveYaml, startLiveOpenAi } from "../support/live-calls.ts";

let openAi: Awaited<ReturnType<typeof startLiveOpenAi>>;

beforeEach(async () => {
  openAi = await startLiveOpenAi();
});
afterEach(() => openAi[Symbol.asyncDispose]());

it("books what OpenAI counts, voice by the second and the model behind it by the token", async () => {
  const broker = await openAi.brokerWith(liveYaml("{}", "[current_time]"));
  const turns = [{ calls: [{ name: "current_time", arguments: {} }], says: "It is noon." }];
  await openAi.emulator("PUT", "/script", { turns });
  const { id, grant } = await beginLive(broker);
  await openAi.control("POST", `/${id}/speech`, { transcript: "What time is it?" });
  await expect.poll(async () => (await openAi.details(id)).backend_tokens.input_tokens).toBeGreaterThan(0);
  // Beyond what is charged at create.
  await expect
    .poll(async () => (await openAi.details(id)).seconds_billed, { timeout: 20_000 })
    .toBeGreaterThan(15.5);
  await broker.fetch(`/v1/realtime/calls/${id}/hangup`, {
    method: "POST",
    headers: { authorization: `Bearer ${grant}` },
  });
  await expect.poll(() => currentOf(broker, grant)).toMatchObject({ state: "ended", reason: "hung-up" });
  const there = await openAi.details(id);
  expect(there.ended_by).toBe("close");
  await broker.stop();
  const { seconds, tokens_in, tokens_out, cost } = await openAi.booked();
  expect(seconds).toBeCloseTo(there.seconds_billed, 6);
  expect([tokens_in, tokens_out]).toEqual([
    there.backend_tokens.input_tokens,
    there.backend_tokens.output_tokens,
  ]);
  expect(cost).toBeGreaterThan((there.seconds_billed / 60) * 0.05e9);
}, 40_000);

it("answers the model behind the voice itself, which the page does not see", async () => {
  await using broker = await openAi.brokerWith(liveYaml("{}", "[current_time]"));
  const call = { name: "current_time", arguments: { time_zone: "Asia/Tokyo" } };
  await openAi.emulator("PUT", "/script", { turns: [{ calls: [call, call], says: "It is: {answer}" }] });
  const { id } = await beginLive(broker);
  await openAi.control("POST", `/${id}/speech`, { transcript: "What time is it in Tokyo?" });
  const said = async () => JSON.stringify(await openAi.details(id));
  await expect.poll(said, { timeout: 10_000 }).toContain("+09:00");
  await expect.poll(async () => (await openAi.details(id)).responses).toHaveLength(2);
});

it("ends at its limit by OpenAI's own close, after the spoken notice", async () => {
  await using broker = await openAi.brokerWith(
    liveYaml("{ max_minutes: 0.05, notice_seconds: 2, notice: Say good-bye. }"),
  );
  const { id, grant } = await beginLive(broker);
  await expect
    .poll(() => currentOf(broker, grant), { timeout: 10_000 })
    .toMatchObject({ state: "ended", reason: "duration" });
  expect((await openAi.details(id)).ended_by).toBe("close");
  expect(JSON.stringify(await openAi.details(id))).toContain("Say good-bye.");
}, 20_000);

it("hangs up where OpenAI does not confirm the close", { timeout: 40_000 }, async () => {
  await using broker = await openAi.brokerWith(liveYaml("{ max_minutes: 0.02, notice_seconds: 0 }"));
  const settings = { close_answered: false };
  await openAi.emulator("PUT", "/live/settings", settings);
  const { id, grant } = await beginLive(broker);
  await expect
    .poll(() => currentOf(broker, grant), { timeout: 25_000 })
    .toMatchObject({ state: "ended", reason: "duration" });
  expect((await openAi.details(id)).ended_by).toBe("hangup");
});

it.each([
  ["expired", "expired"],
  ["content", "closed-by-openai"],
  ["connection_lost", "caller-left"],
])("says why when OpenAI ends it: %s", async (reason, ours) => {
  await using broker = await openAi.brokerWith();
  const { id, grant } = await beginLive(broker);
  await openAi.control("POST", `/${id}/end`, { reason });
  await expect.poll(() => currentOf(broker, grant)).toMatchObject({ state: "ended", reason: ours });
});

it("joins again when the sideband is lost", async () => {
  await using broker = await openAi.brokerWith();
  const { id, grant } = await beginLive(broker);
  await openAi.control("POST", `/${id}/drop-sidebands`);
  await expect.poll(async () => (await openAi.details(id)).sidebands, { timeout: 5000 }).toBe(1);
  expect(await currentOf(broker, grant)).toMatchObject({ state: "open" });
});
