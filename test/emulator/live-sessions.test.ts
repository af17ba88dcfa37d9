// GPT-Live's sessions from their creation to their end: what is refused, what is counted, and every way in which they end.
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { answerFaults } from "./live-check.ts";
import { attach, control, countOf, startSession } from "./live-client.ts";

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

const withoutMedia =
  "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=emulator-without-media\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
const transport = { type: "webrtc", sdp: withoutMedia };
const session = { model: "gpt-live-1" };

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${emulator.baseUrl}/live/sessions${path}`, {
    method: "POST",
    headers: { authorization: "Bearer sk-test", "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const refusal = async (response: Response) => {
  const { error } = (await response.json()) as { error: { code: string | null; param: string | null } };
  return [response.status, error.code, error.param];
};

const create = async (headers: Record<string, string> = {}): Promise<string> => {
  const answer = (await (await post("", { session, transport }, headers)).json()) as {
    session: { id: string };
  };
  return answer.session.id;
};

const fault = (given: object): Promise<Response> =>
  fetch(new URL("/emulator/faults", emulator.baseUrl), { method: "POST", body: JSON.stringify(given) });

describe("creating a session", () => {
  test("answers the id and an SDP answer, by the package's own call, too", async () => {
    const answer = await post("", { session, transport });
    expect(answer.status).toBe(201);
    const body = await answer.json();
    expect(answerFaults(body)).toEqual([]);
    expect(body).toMatchObject({ session: { id: expect.stringMatching(/^live_\w+$/) } });
    const client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test", maxRetries: 0 });
    const made = await client.live.create({ session, transport: { type: "webrtc", sdp: withoutMedia } });
    expect(made.transport.sdp).toContain("m=audio");
  });

  test.each([
    [
      "a field that is unknown",
      { session: { ...session, tools: [] }, transport },
      [400, "unknown_parameter", "session.tools"],
    ],
    [
      "a field beside the session",
      { session, transport, stream: true },
      [400, "unknown_parameter", "stream"],
    ],
    [
      "a format with WebRTC",
      { session: { ...session, audio: { format: {} } }, transport },
      [400, "unknown_parameter", "session.audio.format"],
    ],
    ["no model", { session: {}, transport }, [400, "missing_required_parameter", "session.model"]],
    [
      "a model of another kind",
      { session: { model: "gpt-realtime-2" }, transport },
      [404, "model_not_found", "session.model"],
    ],
    [
      "an empty offer",
      { session, transport: { type: "webrtc", sdp: "" } },
      [400, "invalid_value", "transport.sdp"],
    ],
    [
      "an offer without audio",
      { session, transport: { type: "webrtc", sdp: "v=0" } },
      [400, "invalid_offer", "transport.sdp"],
    ],
    [
      "a selector of responses that names none",
      {
        session: {
          ...session,
          client: { data_channel: { allowed_server_events: [{ type: "response.event" }] } },
        },
        transport,
      },
      [400, "invalid_value", "session.client.data_channel.allowed_server_events[0]"],
    ],
  ])("refuses %s", async (_, body, expected) => {
    expect(await refusal(await post("", body))).toEqual(expected);
  });

  test("refuses ephemeral keys, as only a server may create one", async () => {
    const client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test" });
    const { value } = await client.realtime.clientSecrets.create({});
    const answer = await post("", { session, transport }, { authorization: `Bearer ${value}` });
    expect((await refusal(answer))[0]).toBe(401);
  });

  test("may break after the session exists, which is billed all the same", async () => {
    await fault({ path: "/v1/live/sessions", method: "POST", cut_after_bytes: 0 });
    await expect(post("", { session, transport })).rejects.toThrow();
    const { sessions } = (await (await control(emulator, "GET", "/sessions")).json()) as {
      sessions: object[];
    };
    expect(sessions).toMatchObject([{ open: true, seconds_billed: 15 }]);
  });
});

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

  test("takes the key, organization and project that created it", async () => {
    const theirs = { "openai-organization": "org-1", "openai-project": "proj_1" };
    const id = await create(theirs);
    expect(await joined(id, theirs)).toBe(101);
    expect(await joined(id, {})).toBe(404);
    expect(await joined(id, { ...theirs, "openai-project": "proj_2" })).toBe(404);
    expect(await joined(id, { ...theirs, authorization: "Bearer sk-other" })).toBe(404);
    expect(await joined(id, { ...theirs, authorization: "Bearer ek_1" })).toBe(401);
    expect(await joined("live_unknown", theirs)).toBe(404);
    expect((await post(`/${id}/hangup`, undefined)).status).toBe(404);
    expect((await post(`/${id}/hangup`, undefined, theirs)).status).toBe(200);
    expect(await joined(id, theirs)).toBe(404);
    expect((await post(`/${id}/hangup`, undefined, theirs)).status).toBe(404);
  });

  test("is refused as often as a test asks", async () => {
    const id = await create();
    await fault({ path: "/v1/live/sessions/*", method: "GET", status: 503, times: 2 });
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
