// What starts no WebRTC call with the emulator.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createCaller } from "./caller.ts";

const caller = createCaller();
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(async () => {
  await caller.close();
  await emulator.close();
});

const post = async (key: string, body: string, type = "application/sdp"): Promise<Response> =>
  fetch(`${emulator.baseUrl}/realtime/calls`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": type },
    body,
  });

const sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
test.each([
  ["an empty offer", "", "application/sdp"],
  ["no SDP", "hello", "application/sdp"],
  ["an offer of nothing", sdp, "application/sdp"],
  [
    "an offer without credentials",
    `${sdp}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n`,
    "application/sdp",
  ],
  ["half an offer", `${sdp}m=audio`, "application/sdp"],
  ["another type of content", sdp, "text/plain"],
  ["a broken form", "--x", "multipart/form-data; boundary=x"],
])("%s gets 400", async (_what, body, type) => {
  const response = await post("sk-test", body, type);
  expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  expect(response.status).toBe(400);
});

test("a form without an offer, or with a beta session, gets 400", async () => {
  const form = new FormData();
  form.set("session", JSON.stringify({ type: "realtime", voice: "alloy" }));
  const send = () =>
    fetch(`${emulator.baseUrl}/realtime/calls`, {
      method: "POST",
      headers: { authorization: "Bearer sk-test" },
      body: form,
    });
  expect(await (await send()).json()).toMatchObject({ error: { param: "sdp" } });
  form.set("sdp", await caller.offer());
  expect(await (await send()).json()).toMatchObject({
    error: { code: "unknown_parameter", param: "session.voice" },
  });
});

test("a wrong key gets 401", async () => {
  expect((await post("ek_wrong", await caller.offer())).status).toBe(401);
});
