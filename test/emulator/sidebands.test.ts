// Sidebands beside a call of the emulator: what they see, and how a call ends for them.
import { once } from "node:events";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { type CallClient, createCallClient } from "./call-client.ts";
import { type Caller, createCaller } from "./caller.ts";
import { connectSocket, type SocketClient } from "./socket-client.ts";

// A loaded machine is slow.
const eventually = { timeout: 20_000 };

let emulator: Emulator;
let client: CallClient;
let caller: Caller;

beforeEach(async () => {
  emulator = await startEmulator();
  client = createCallClient(emulator.baseUrl);
  caller = createCaller();
});
afterEach(async () => {
  await caller.close();
  await emulator.close();
});

const update = (session: object = {}) => ({
  type: "session.update",
  session: { type: "realtime", ...session },
});
const closeOf = async ({ socket }: SocketClient): Promise<number> => (await once(socket, "close"))[0];
const typesOf = ({ events }: { events: readonly { type: string }[] }) => events.map(({ type }) => type);

describe("a sideband", () => {
  test("is sent nothing when it joins, then all that happens, also what another caused, and no audio", async () => {
    const id = await client.call(caller);
    await caller.next("session.created");
    const [first, second] = [await client.sideband(id), await client.sideband(id)];
    first.send(update({ instructions: "Shout." }));
    for (const each of [caller, first, second])
      expect((await each.next("session.updated")).session).toMatchObject({
        object: "realtime.session",
        instructions: "Shout.",
        model: "gpt-realtime-2.1",
      });
    caller.send({ type: "response.create" });
    await caller.next("response.done");
    for (const each of [first, second]) {
      await each.next("response.done");
      expect(typesOf(each)[0]).toBe("session.updated");
      expect(typesOf(each)).toContain("output_audio_buffer.started");
      expect(typesOf(each)).not.toContain("response.output_audio.delta");
      expect(each.faults()).toEqual([]);
    }
    await first.close();
    second.send(update());
    await caller.next("session.updated");
    expect(await client.reports()).toMatchObject([{ id, open: true, transport: "webrtc", sidebands: 1 }]);
  });

  test("sees a page that wipes instructions and tools, and may set them right again", async () => {
    const tools = [{ type: "function" as const, name: "get_weather" }];
    const id = await client.call(caller, { instructions: "Sell hats.", tools });
    const beside = await client.sideband(id);
    await caller.next("session.created");
    caller.send(update({ instructions: "", tools: [] }));
    expect((await beside.next("session.updated")).session).toMatchObject({ instructions: "", tools: [] });
    caller.send({ type: "response.create" });
    await beside.next("response.done");
    beside.send(update({ instructions: "Sell hats.", tools }));
    await beside.next("session.updated");
    expect((await client.reports())[0]?.session).toMatchObject({ instructions: "Sell hats.", tools });
    caller.send({ type: "response.create" });
    await beside.next("response.done");
    expect((await client.reports())[0]?.responses).toMatchObject([
      { instructions: "", tools: [] },
      { instructions: "Sell hats.", tools: ["get_weather"] },
    ]);
  });

  test("is refused a second response while one is made, also where another asked for the first", async () => {
    const id = await client.call(caller);
    const beside = await client.sideband(id);
    await caller.next("session.created");
    caller.send({ type: "response.create" });
    await beside.next("response.created");
    beside.send({ type: "response.create", event_id: "mine" });
    expect((await beside.next("error")).error).toMatchObject({
      code: "conversation_already_has_active_response",
      event_id: "mine",
    });
    await beside.next("response.done");
  });
});

describe("the end of a call", () => {
  test("by hanging up is for all, and then there is no such call", async () => {
    const id = await client.call(caller);
    const besides = [await client.sideband(id), await client.sideband(id)];
    const closed = Promise.all(besides.map(closeOf));
    await client.openai.realtime.calls.hangup(id);
    expect(await closed).toEqual([1000, 1000]);
    await caller.ended;
    const again = await client.openai.realtime.calls.hangup(id).catch((error) => error);
    expect(again).toBeInstanceOf(OpenAI.NotFoundError);
    expect(again).toMatchObject({ code: "call_id_not_found" });
    await expect(client.sideband(id)).rejects.toThrow("404");
    expect(await client.reports()).toMatchObject([{ id, open: false, ended_by: "hangup" }]);
  });

  test("by a browser that leaves is told to no sideband, which stays open and can do nothing", async () => {
    const id = await client.call(caller);
    const beside = await client.sideband(id);
    await caller.next("session.created");
    await caller.close();
    await expect
      .poll(client.reports, eventually)
      .toMatchObject([{ id, open: false, ended_by: "caller", sidebands: 1 }]);
    beside.send(update());
    beside.socket.ping();
    await once(beside.socket, "pong");
    expect(beside.events).toEqual([]);
    await expect(client.sideband(id)).rejects.toThrow("404");
  });

  test("by a browser that leaves closes its sidebands where a test wants that", async () => {
    await client.control("PUT", "/settings", { close_sidebands_when_caller_leaves: true });
    const id = await client.call(caller);
    const closed = closeOf(await client.sideband(id));
    await caller.close();
    expect(await closed).toBe(1000);
  });

  test("by time is an error to all", async () => {
    await client.control("PUT", "/settings", { session_seconds: 5 });
    const id = await client.call(caller);
    const beside = await client.sideband(id);
    const closed = closeOf(beside);
    for (const each of [beside, caller])
      expect((await each.next("error")).error).toMatchObject({ code: "session_expired" });
    expect(await closed).toBe(1001);
    await caller.ended;
    expect([...beside.faults(), ...caller.faults()]).toEqual([]);
    expect(await client.reports()).toMatchObject([{ id, ended_by: "expired" }]);
    const socket = await connectSocket(emulator.baseUrl);
    const { session } = await socket.next("session.created");
    expect((session as { expires_at: number }).expires_at - Date.now() / 1000).toBeLessThan(6);
  });
});
