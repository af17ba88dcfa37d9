// What a test may break in the emulator's calls: creates, sidebands, hang-ups.
import { once } from "node:events";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { type CallClient, createCallClient } from "./call-client.ts";
import { type Caller, createCaller } from "./caller.ts";

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

const fault = (body: object) => client.control("POST", "/faults", body);
const create = async (signal?: AbortSignal) =>
  client.openai.realtime.calls.create(
    { sdp: await caller.offer(), session: { type: "realtime" } },
    { signal },
  );

describe("a create", () => {
  test("is slow before there is a call", async () => {
    await fault({ path: "/v1/realtime/calls", delay_ms: 60_000 });
    await expect(create(AbortSignal.timeout(2000))).rejects.toThrow(/abort/i);
    expect(await client.reports()).toEqual([]);
  });

  test.each([
    ["breaks", { lose_answer: true }],
    ["never comes", { answer_delay_ms: 600_000 }],
    ["comes without its SDP", { cut_after_bytes: 0 }],
  ])("has an answer that %s, after the call exists", async (_, broken) => {
    await fault({ path: "/v1/realtime/calls", ...broken });
    const answer = create(AbortSignal.timeout(2000)).then((response) => response.text());
    await expect(answer).rejects.toThrow();
    const [report] = await client.reports();
    expect(report).toMatchObject({ open: true, transport: "webrtc" });
    await client.openai.realtime.calls.hangup(report?.id ?? "");
  });
});

describe("a sideband", () => {
  test("is refused as often as a test wants, while other WebSockets open", async () => {
    const id = await client.peerless();
    await fault({ path: "/v1/realtime?call_id=*", status: 503, times: 2 });
    const socket = await client.model();
    for (const _ of [1, 2]) await expect(client.sideband(id)).rejects.toThrow("503");
    await client.sideband(id);
    await socket.close();
  });

  test("is refused with the code that a test wants", async () => {
    const id = await client.peerless();
    const body = { error: { code: "call_id_not_found" } };
    await fault({ path: "/v1/realtime?call_id=*", status: 404, body });
    const url = `${emulator.baseUrl.replace("http", "ws")}/realtime?call_id=${id}`;
    const socket = new WebSocket(url, { headers: { authorization: "Bearer sk-test" } });
    const [, refusal] = await once(socket, "unexpected-response");
    expect(await json(refusal)).toMatchObject({ error: { code: "call_id_not_found" } });
  });

  test("of one call alone is delayed", async () => {
    const [slow, quick] = [await client.peerless(), await client.peerless()];
    await fault({ path: `/v1/realtime?call_id=${slow}`, delay_ms: 300 });
    const begun = performance.now();
    const late = client.sideband(slow).then(() => performance.now() - begun);
    await client.sideband(quick);
    expect(await late).toBeGreaterThan(290);
  });

  test("is dropped at once, of one call or of all, and may come again", async () => {
    const ids = [await client.peerless(), await client.peerless()];
    const lines = await Promise.all(ids.map((id) => client.sideband(id)));
    const closes = lines.map(({ socket }) => once(socket, "close"));
    expect(await (await client.control("POST", `/calls/${ids[0]}/drop-sidebands`)).json()).toEqual({
      sidebands: 1,
    });
    expect((await closes[0])?.[0]).toBe(1006);
    expect(await client.reports()).toMatchObject([{ sidebands: 0 }, { sidebands: 1 }]);
    await client.sideband(ids[0] ?? "");
    expect(await (await client.control("POST", "/calls/all/drop-sidebands")).json()).toEqual({
      sidebands: 2,
    });
    expect((await closes[1])?.[0]).toBe(1006);
    expect(await client.reports()).toMatchObject([{ open: true }, { open: true }]);
  });
});

test("a hang-up is refused, and the call goes on", async () => {
  const id = await client.peerless();
  await fault({ path: "/v1/realtime/calls/*", status: 500 });
  const refusal = await client.openai.realtime.calls.hangup(id).catch((error) => error);
  expect(refusal).toMatchObject({ status: 500 });
  expect(await client.reports()).toMatchObject([{ id, open: true }]);
  await client.openai.realtime.calls.hangup(id);
});

test("a call that reaches its longest time at once tells its sideband, and ends", async () => {
  const line = await client.sideband(await client.peerless());
  const closed = once(line.socket, "close");
  await client.control("POST", "/calls/all/expire");
  expect((await line.next("error")).error).toMatchObject({ code: "session_expired" });
  expect((await closed)[0]).toBe(1001);
  expect(await client.reports()).toMatchObject([{ open: false, ended_by: "expired" }]);
});
