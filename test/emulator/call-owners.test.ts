// Whose a call of the emulator is: who may join it and hang it up.
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { type CallClient, createCallClient, idIn } from "./call-client.ts";
import { type Caller, createCaller } from "./caller.ts";
import { connectSocket } from "./socket-client.ts";

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

describe("a call is its owner's", () => {
  const connect = async (id: string, headers: Record<string, string>) => {
    const socket = new WebSocket(`${emulator.baseUrl.replace("http", "ws")}/realtime?call_id=${id}`, {
      headers,
    });
    const opened = once(socket, "open").then(() => 101);
    const refused = once(socket, "unexpected-response").then(([, response]) => {
      response.resume();
      return response.statusCode as number;
    });
    return Promise.race([opened, refused]);
  };
  const hangUp = async (id: string, headers: Record<string, string>) => {
    const response = await fetch(`${emulator.baseUrl}/realtime/calls/${id}/hangup`, {
      method: "POST",
      headers,
    });
    return { status: response.status, text: await response.text() };
  };

  test.each([
    ["another key", { authorization: "Bearer sk-other" }],
    ["another project", { "openai-project": "proj_b" }],
    ["no project", { "openai-project": "" }],
    ["another organization", { "openai-organization": "org_b" }],
  ])("not for %s, to join or to hang up", async (_, change) => {
    const owner = { "openai-organization": "org_a", "openai-project": "proj_a" };
    const id = await client.peerless({}, owner);
    const own = { authorization: "Bearer sk-test", ...owner };
    const others = Object.fromEntries(Object.entries({ ...own, ...change }).filter(([, value]) => value));
    expect(await connect(id, others)).toBe(404);
    const refused = await hangUp(id, others);
    expect(refused.status).toBe(404);
    expect(refused.text).toContain("call_id_not_found");
    expect(await connect(id, own)).toBe(101);
    expect((await hangUp(id, own)).status).toBe(200);
  });

  test("which says so in subprotocols where it cannot send headers", async () => {
    const id = await client.peerless({}, { "openai-project": "proj_a" });
    const protocols = ["realtime", "openai-insecure-api-key.sk-test"];
    await expect(connectSocket(emulator.baseUrl, `?call_id=${id}`, { protocols })).rejects.toThrow("404");
    const named = [...protocols, "openai-project.proj_a"];
    await connectSocket(emulator.baseUrl, `?call_id=${id}`, { protocols: named });
  });

  test("made with an ephemeral key, it is for that key alone", async () => {
    const key = await client.mint();
    const offered = await fetch(`${emulator.baseUrl}/realtime/calls`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/sdp" },
      body: await caller.offer(),
    });
    await caller.accept(await offered.text());
    await caller.next("session.created");
    const id = idIn(offered);
    expect(await connect(id, { authorization: "Bearer sk-test" })).toBe(404);
    expect(await connect(id, { authorization: `Bearer ${await client.mint()}` })).toBe(404);
    expect(await connect(id, { authorization: `Bearer ${key}` })).toBe(101);
    expect((await hangUp(id, { authorization: "Bearer sk-test" })).status).toBe(404);
  });

  test("and not for a key that is none", async () => {
    const id = await client.peerless();
    expect(await connect(id, { authorization: "Bearer wrong" })).toBe(401);
    expect((await hangUp(id, {})).status).toBe(401);
  });
});
