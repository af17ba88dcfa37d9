// GPT-Live's commands and refusals, its count of time, and every way in which a session ends.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { attach, control, countOf, startSession } from "./live-client.ts";

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

const settings = (given: object): Promise<Response> => control(emulator, "PUT", "/settings", given);
const responses = { model: "gpt-5.6-luna" };

const joinNew = async (session: object = {}, graceful_close = true) => {
  const id = await startSession(emulator, session);
  const sideband = await attach(emulator, id, { graceful_close });
  await sideband.next("session.started");
  return { id, sideband };
};

describe("a session's commands", () => {
  test("are acknowledged with the client's event id, and say what was told", async () => {
    const { sideband } = await joinNew();
    const content = "A minute is left.";
    sideband.send({ type: "session.instructions.append", event_id: "a", content, delegation_id: null });
    expect(await sideband.next("session.instructions.appended")).toMatchObject({ client_event_id: "a" });
    await expect
      .poll(() => sideband.events.flatMap(({ delta }) => delta ?? []).join(""))
      .toBe("I was told: A minute is left.");
    sideband.send({ type: "session.thinking.append", content: "secret", delegation_id: null });
    await sideband.next("session.thinking.appended");
    sideband.send({ type: "session.input_audio.mute", event_id: "b" });
    expect(await sideband.next("session.input_audio.muted")).toMatchObject({ client_event_id: "b" });
    sideband.send({ type: "session.input_audio.unmute" });
    await sideband.next("session.input_audio.unmuted");
    sideband.send({ type: "session.output_audio.fixture.play", audio: Buffer.alloc(480).toString("base64") });
    await sideband.next("session.output_audio.fixture.played");
    expect(JSON.stringify(sideband.events)).not.toContain("secret");
    expect(sideband.faults()).toEqual([]);
  });

  test("that come before the start wait for it", async () => {
    const id = await startSession(emulator);
    const sideband = await attach(emulator, id);
    sideband.send({ type: "session.instructions.append", content: "Greet Ada.", delegation_id: null });
    await sideband.next("session.instructions.appended");
    expect(sideband.events.map(({ type }) => type).slice(0, 2)).toEqual([
      "session.started",
      "session.instructions.appended",
    ]);
  });

  test("change the delegation's parts and nothing else", async () => {
    const { sideband } = await joinNew({ delegation: { type: "responses", responses } });
    const change = { type: "responses" as const, responses: { tool_choice: "none" as const } };
    sideband.send({ type: "session.update", event_id: "c", session: { delegation: change } });
    const updated = await sideband.next("session.updated");
    expect(updated).toMatchObject({
      client_event_id: "c",
      session: { delegation: { responses: { model: "gpt-5.6-luna", tool_choice: "none" } } },
    });
    for (const [session, code, param] of [
      [{ instructions: "Others." }, "immutable_field_update", "session.instructions"],
      [{ delegation: { type: "client" } }, "immutable_field_update", "session.delegation.type"],
      [{ temperature: 1 }, "unknown_parameter", "session.temperature"],
    ] as const) {
      sideband.send({ type: "session.update", session } as never);
      expect((await sideband.next("error")).error).toMatchObject({ code, param });
    }
    expect(sideband.faults()).toEqual([]);
  });

  test("that are unknown, broken or not for a sideband get an error each, and the session goes on", async () => {
    const { id, sideband } = await joinNew();
    sideband.socket.sendRaw("{");
    sideband.send({ type: "session.start", event_id: "d" } as never);
    sideband.send({ type: "session.input_audio.append", audio: "" } as never);
    sideband.send({ type: "session.instructions.append", content: "x" } as never);
    sideband.send({ type: "session.instructions.append", content: "x".repeat(3000), delegation_id: null });
    sideband.send({ type: "session.commentary.append", content: "x", delegation_id: "dlg_unknown" });
    sideband.send({ type: "session.close", reason: "x" } as never);
    const errors = await Promise.all(Array.from({ length: 7 }, () => sideband.next("error")));
    expect(errors.map(({ error }) => (error as { code: string }).code)).toEqual([
      ...["invalid_json", "invalid_value", "invalid_value", "missing_required_parameter"],
      ...["invalid_value", "invalid_value", "unknown_parameter"],
    ]);
    expect(errors[1]).toMatchObject({ client_event_id: "d", error: { client_event_id: "d" } });
    expect((await countOf(emulator, id)).open).toBe(true);
    expect(sideband.faults()).toEqual([]);
  });
});

describe("a session's time", () => {
  test("is told again and again, and the end's is the emulator's own count", async () => {
    await settings({ usage_interval_ms: 50 });
    const { id, sideband } = await joinNew();
    await sideband.next("session.usage.updated");
    const { usage } = await sideband.next("session.usage.updated");
    sideband.send({ type: "session.close", event_id: "e" });
    const closed = await sideband.next("session.closed");
    const { seconds } = closed.usage as { seconds: number };
    expect(closed).toMatchObject({ reason: "close_requested", client_event_id: "e", session: { id } });
    expect(seconds).toBeGreaterThanOrEqual((usage as { seconds: number }).seconds);
    expect(await sideband.closed).toBe(1000);
    expect(await countOf(emulator, id)).toMatchObject({
      open: false,
      ended_by: "close",
      seconds_running: seconds,
      seconds_billed: 15,
    });
    expect(sideband.faults()).toEqual([]);
  });

  test("ends at expires_at", async () => {
    await settings({ session_seconds: 0.3 });
    const { id, sideband } = await joinNew();
    expect((await sideband.next("session.closed")).reason).toBe("expired");
    expect((await countOf(emulator, id)).ended_by).toBe("expired");
  });

  test("ends some time after the browser has gone", async () => {
    await settings({ vanish_delay_ms: 50, vanish_reason: "remote_hangup" });
    const { id, sideband } = await joinNew();
    await control(emulator, "POST", `/sessions/${id}/leave`);
    expect((await countOf(emulator, id)).open).toBe(true);
    expect((await sideband.next("session.closed")).reason).toBe("remote_hangup");
  });

  test("goes on where a close is never answered, until it is hung up", async () => {
    await settings({ close_answered: false });
    const { id, sideband } = await joinNew({}, false);
    sideband.send({ type: "session.close" });
    sideband.send({ type: "session.input_audio.mute" });
    await sideband.next("session.input_audio.muted");
    expect(await countOf(emulator, id)).toMatchObject({ open: true, muted: true });
    const hangup = `${emulator.baseUrl}/live/sessions/${id}/hangup`;
    await fetch(hangup, { method: "POST", headers: { authorization: "Bearer sk-test" } });
    expect((await sideband.next("session.closed")).reason).toBe("close_requested");
    // Without graceful_close the connection ends as if it broke.
    expect(await sideband.closed).toBe(1006);
    expect((await countOf(emulator, id)).ended_by).toBe("hangup");
  });

  test("is refused further commands once it closes", async () => {
    const { sideband } = await joinNew();
    sideband.send({ type: "session.close" });
    sideband.send({ type: "session.input_audio.mute" });
    expect((await sideband.next("error")).error).toMatchObject({ code: "session_closed" });
    await sideband.next("session.closed");
  });
});

describe("the audio of a session", () => {
  test("is copied to sidebands both ways, 64 kB a second each, and no list keeps it from them", async () => {
    const client = { data_channel: { allowed_client_events: [], allowed_server_events: [] } };
    const { sideband } = await joinNew({ client });
    const heard = await sideband.next("session.input_audio.append");
    const spoken = await sideband.next("session.output_audio.delta");
    expect(Buffer.from(String(heard.audio), "base64")).toHaveLength(4800);
    expect(spoken).not.toHaveProperty("event_id");
    expect(spoken.end_ms).toBe(Number(spoken.start_ms) + 100);
    expect(sideband.faults()).toEqual([]);
  });

  test("is left out where a test asks, and events come at a rate", async () => {
    await settings({ audio_copies: false });
    const { id, sideband } = await joinNew();
    await control(emulator, "POST", `/sessions/${id}/load`, { events_per_second: 200, seconds: 5 });
    await expect.poll(() => sideband.events.length).toBeGreaterThan(20);
    expect(sideband.audio).toEqual([]);
    expect(sideband.events.at(-1)?.event_id).toMatch(/^event_\d{13}_\d+$/);
    expect(sideband.faults()).toEqual([]);
  });
});
