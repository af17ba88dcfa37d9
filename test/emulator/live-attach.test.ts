// Joining GPT-Live's sessions: who may, how it fails, and what goes on without a sideband.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { attach, control, countOf, fault, startSession } from "./live-client.ts";

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

describe("joining a session", () => {
  const joined = async (id: string, headers: Record<string, string>): Promise<number> => {
    const url = `${emulator.baseUrl.replace("http", "ws")}/live/sessions/${id}/attach`;
    const socket = new WebSocket(url, { headers: { authorization: "Bearer sk-test", ...headers } });
    const status = await new Promise<number>((resolve) => {
      socket.once("open", () => resolve(101));
      socket.once("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
      socket.on("error", () => undefined);
    });
    socket.terminate();
    return status;
  };

  const hungUp = async (id: string, given: Record<string, string>): Promise<number> => {
    const headers = { authorization: "Bearer sk-test", ...given };
    const url = `${emulator.baseUrl}/live/sessions/${id}/hangup`;
    return (await fetch(url, { method: "POST", headers })).status;
  };

  test("takes the key, organization and project that created it", async () => {
    const theirs = { "openai-organization": "org-1", "openai-project": "proj_1" };
    const id = await startSession(emulator, {}, theirs);
    expect(await joined(id, theirs)).toBe(101);
    expect(await joined(id, {})).toBe(404);
    expect(await joined(id, { ...theirs, "openai-project": "proj_2" })).toBe(404);
    expect(await joined(id, { ...theirs, authorization: "Bearer sk-other" })).toBe(404);
    expect(await joined(id, { ...theirs, authorization: "Bearer ek_1" })).toBe(401);
    expect(await joined("live_unknown", theirs)).toBe(404);
    expect(await hungUp(id, {})).toBe(404);
    expect(await hungUp(id, theirs)).toBe(200);
    expect(await joined(id, theirs)).toBe(404);
    expect(await hungUp(id, theirs)).toBe(404);
  });

  test("is refused as often as a test asks", async () => {
    const id = await startSession(emulator);
    await fault(emulator, { path: "/v1/live/sessions/*", method: "GET", status: 503, times: 2 });
    expect([await joined(id, {}), await joined(id, {}), await joined(id, {})]).toEqual([503, 503, 101]);
  });

  test("can be broken, and the session goes on", async () => {
    const id = await startSession(emulator);
    const sideband = await attach(emulator, id);
    await control(emulator, "POST", `/sessions/${id}/drop-sidebands`);
    expect(await sideband.closed).toBe(1006);
    const again = await attach(emulator, id);
    expect(await countOf(emulator, id)).toMatchObject({ open: true, sidebands: 1 });
    again.send({ type: "session.close" });
    expect((await again.next("session.closed")).reason).toBe("close_requested");
  });
});
