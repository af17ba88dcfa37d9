// Voice sessions that begin at this service: over a WebSocket, and with an SDP offer. The profile decides both.
import { once } from "node:events";
import { connect } from "node:net";
import { RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { createCaller } from "../emulator/caller.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { ALICE, BOB } from "../support/relay-client.ts";
import { serve } from "../support/server.ts";

const yaml = `
callers: { tokens: [{ name: alice, token: ${ALICE} }, { name: bob, token: ${BOB} }] }
limits: { address: none, mints: { caller: 1000 per minute } }
profiles:
  default:
    session: { type: realtime, model: gpt-realtime-2.1, instructions: The house's own words., audio: { output: { voice: marin } } }
    overrides: [audio.output.speed]
  alices:
    session: { type: realtime, model: gpt-realtime-2.1-mini }
    allow: [token:alice]
`;

let openai: EmulatedOpenAi;
let broker: TestBroker;
beforeAll(async () => {
  openai = await emulateOpenAi();
  broker = await createTestBroker({ openai: openai.baseUrl, yaml });
});
afterAll(async () => {
  await broker.stop();
  await openai[Symbol.asyncDispose]();
});

const socketUrl = (query = "", of: TestBroker = broker) =>
  `${of.url.replace("http", "ws")}/v1/realtime${query}`;
const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

type Event = { type: string; session?: { instructions?: string; model?: string } };

/** The first event, or the status and code of the refusal. */
const open = (url: string, options: { headers?: Record<string, string> } = {}, protocols: string[] = []) =>
  new Promise<{ socket: WebSocket; event: Event } | { status: number; code: string }>((resolve, reject) => {
    const socket = new WebSocket(url, protocols, options);
    socket.once("message", (data) => resolve({ socket, event: JSON.parse(String(data)) }));
    socket.once("unexpected-response", (_, answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += String(chunk)));
      answer.once("end", () =>
        resolve({ status: answer.statusCode ?? 0, code: JSON.parse(text).error.code }),
      );
    });
    socket.once("error", reject);
  });

const opened = async (...how: Parameters<typeof open>) => {
  const answer = await open(...how);
  if (!("socket" in answer)) throw new Error(JSON.stringify(answer));
  return answer;
};

const eventually = async (check: () => boolean): Promise<void> => {
  const end = Date.now() + 5000;
  while (!check()) {
    if (Date.now() > end) throw new Error("it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

describe("over a WebSocket", () => {
  it("the Agents SDK talks, and its tool is called", async () => {
    const asked: string[] = [];
    const clock = tool({
      name: "get_time",
      description: "The time in a time zone.",
      parameters: z.object({ timeZone: z.string() }),
      execute: ({ timeZone }) => {
        asked.push(timeZone);
        return "a quarter past nine";
      },
    });
    const agent = new RealtimeAgent({ name: "Clock", instructions: "Tell the time.", tools: [clock] });
    const session = new RealtimeSession(agent, { transport: "websocket" });
    const answered = new Promise<void>((resolve) => {
      session.on("agent_end", (_context, _agent, text) => {
        if (text.includes("quarter")) resolve();
      });
    });
    await session.connect({ apiKey: ALICE, url: socketUrl("?model=gpt-realtime-2.1") });
    session.sendMessage("What time is it in Berlin?");
    await answered;
    expect(asked).toEqual(["Europe/Berlin"]);
    session.close();
    await eventually(() => broker.logs.at(-1)?.route === "/v1/realtime");
    expect(broker.logs.at(-1)).toMatchObject({
      status: 101,
      caller: "token:alice",
      profile: "default",
      upstream_key: "default",
    });
  });

  it("the session is the profile's, and OpenAI sees neither our key nor the caller's token", async () => {
    const { socket, event } = await opened(socketUrl(), as(BOB));
    expect(event).toMatchObject({
      type: "session.created",
      session: { model: "gpt-realtime-2.1", instructions: "The house's own words." },
    });
    socket.close();
    const { requests } = (await (await fetch(new URL("/emulator/requests", openai.baseUrl))).json()) as {
      requests: { path: string; headers: Record<string, string> }[];
    };
    const seen = requests.findLast(
      ({ path }) => path.startsWith("/v1/realtime") && !path.includes("secrets"),
    );
    expect(seen?.headers.authorization).toMatch(/^Bearer ek_/);
    expect(JSON.stringify(seen)).not.toContain(BOB);
  });

  it("a browser's token travels as a subprotocol, and goes no further", async () => {
    const { socket, event } = await opened(socketUrl("?profile=alices"), {}, [
      "realtime",
      `openai-insecure-api-key.${ALICE}`,
    ]);
    expect([socket.protocol, event.session?.model]).toEqual(["realtime", "gpt-realtime-2.1-mini"]);
    socket.close();
  });

  it.each([
    ["nobody's token", "", as("nobody-0123456789"), 401, "invalid_api_key"],
    ["no token", "", {}, 401, "invalid_api_key"],
    ["a profile of others", "?profile=alices", as(BOB), 403, "profile-forbidden"],
    ["another model than the profile's", "?model=gpt-realtime-2", as(ALICE), 422, "key-request-invalid"],
    ["another user's call", "?call_id=rtc_123", as(ALICE), 422, "key-request-invalid"],
    ["a token in the address", `?token=${ALICE}`, as(ALICE), 400, "credentials-in-query"],
  ])("%s is refused before anything is opened", async (_, query, options, status, code) => {
    expect(await open(socketUrl(query), options)).toEqual({ status, code });
  });

  it("a page of another site opens none as the machine's own guest", async () => {
    await using local = await createTestBroker({
      openai: openai.baseUrl,
      yaml: "callers: { guests: loopback }",
    });
    const { socket } = await opened(socketUrl("", local));
    socket.close();
    const foreign = { headers: { origin: "https://evil.example" } };
    expect(await open(socketUrl("", local), foreign)).toMatchObject({ status: 401 });
  });

  it("a client that does not speak WebSocket is told to", async () => {
    const answer = await broker.fetch("/v1/realtime", as(ALICE));
    expect([answer.status, answer.headers.get("upgrade")]).toEqual([426, "websocket"]);
    // What some clients offer with every request.
    const { hostname, port } = new URL(broker.url);
    const socket = connect(Number(port), hostname);
    socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n");
    const [said] = await once(socket, "data");
    expect(String(said)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it("sessions count as mints", async () => {
    await using strict = await createTestBroker({
      openai: openai.baseUrl,
      yaml: yaml.replace("1000 per minute", "1 per minute"),
    });
    const { socket } = await opened(socketUrl("", strict), as(ALICE));
    expect(await open(socketUrl("", strict), as(ALICE))).toEqual({
      status: 429,
      code: "rate_limit_exceeded",
    });
    socket.close();
  });

  it("a caller who vanishes ends OpenAI's side, and OpenAI's end is the caller's", async () => {
    const callsOpen = async () => {
      const answer = await fetch(new URL("/emulator/calls", openai.baseUrl));
      const { calls } = (await answer.json()) as { calls: { open: boolean }[] };
      return calls.filter((call) => call.open).length;
    };
    const { socket } = await opened(socketUrl(), as(ALICE));
    expect(await callsOpen()).toBe(1);
    socket.terminate();
    const end = Date.now() + 5000;
    while ((await callsOpen()) > 0 && Date.now() < end);
    expect(await callsOpen()).toBe(0);

    await using dying = await emulateOpenAi();
    await using over = await createTestBroker({ openai: dying.baseUrl, yaml });
    const { socket: other } = await opened(socketUrl("", over), as(ALICE));
    const closed = new Promise((resolve) => other.once("close", resolve));
    await dying[Symbol.asyncDispose]();
    await closed;
  });

  it("an end of the service ends the session, after the time to drain", async () => {
    const ending = await createTestBroker({ openai: openai.baseUrl, yaml });
    const { socket } = await opened(socketUrl("", ending), as(ALICE));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await ending.stop(0);
    await closed;
  });

  it("a WebSocket that OpenAI does not open is a refusal, and says nothing of OpenAI's", async () => {
    const path = "/v1/realtime";
    await fetch(new URL("/emulator/faults", openai.baseUrl), {
      method: "POST",
      body: JSON.stringify({ path, status: 500 }),
    });
    expect(await open(socketUrl(), as(ALICE))).toEqual({ status: 502, code: "upstream-refused" });
  });

  it("a connection that breaks in the middle of an upgrade harms nobody", async () => {
    const { hostname, port } = new URL(broker.url);
    const head = `GET /v1/realtime HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n`;
    for (const rest of ["\r\n", `authorization: Bearer ${ALICE}\r\n\r\n`]) {
      const socket = connect(Number(port), hostname);
      socket.on("error", () => {});
      await new Promise<void>((resolve) => socket.write(head + rest, () => resolve()));
      socket.resetAndDestroy();
    }
    expect((await broker.fetch("/healthz")).status).toBe(200);
  });
});

describe("with an SDP offer", () => {
  const post = (body: BodyInit, headers: Record<string, string> = {}, query = "") =>
    broker.fetch(`/v1/realtime/calls${query}`, {
      method: "POST",
      headers: { ...as(ALICE).headers, ...headers },
      body,
    });

  it("a call begins, and its session is the profile's", async () => {
    const caller = createCaller();
    const answer = await post(await caller.offer(), { "content-type": "application/sdp" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([201, "application/sdp"]);
    expect(answer.headers.get("location")).toMatch(/^\/v1\/realtime\/calls\/rtc_/);
    await caller.accept(await answer.text());
    expect(await caller.next("session.created")).toMatchObject({
      session: { instructions: "The house's own words.", audio: { output: { voice: "marin" } } },
    });
    await caller.close();
    expect(broker.logs.findLast(({ route }) => route === "/v1/realtime/calls")).toMatchObject({
      status: 201,
      profile: "default",
      upstream_key: "default",
    });
  });

  it("a form with offer and session may set what the profile allows, and nothing else", async () => {
    const caller = createCaller();
    const offer = await caller.offer();
    const form = (session: object) => {
      const fields = new FormData();
      fields.set("sdp", offer);
      fields.set("session", JSON.stringify(session));
      return fields;
    };
    const answer = await post(
      form({ type: "realtime", model: "gpt-realtime-2.1", audio: { output: { speed: 1.25 } } }),
    );
    expect(answer.status).toBe(201);
    await caller.accept(await answer.text());
    expect(await caller.next("session.created")).toMatchObject({
      session: { audio: { output: { speed: 1.25 } } },
    });
    await caller.close();
    const refused = await post(form({ type: "realtime", instructions: "Say anything." }));
    expect([refused.status, (await refused.json()).error.param]).toEqual([422, "session.instructions"]);
  });

  it.each([
    ["no SDP", "hello", "application/sdp", 400],
    ["nothing", "", "application/sdp", 400],
    ["JSON", "{}", "application/json", 415],
    ["a form that is none", "x", "multipart/form-data; boundary=y", 400],
    ["an offer without end", `v=0${"a".repeat(400_000)}`, "application/sdp", 413],
  ])("%s is refused", async (_, body, type, status) => {
    expect((await post(body, { "content-type": type })).status).toBe(status);
  });

  it("what OpenAI says against the offer is told to the caller", async () => {
    await using grumpy = await serve((request, answer) => {
      request.resume();
      request.on("end", () => {
        answer.writeHead(400, { "content-type": "application/json" });
        answer.end(
          JSON.stringify({
            error: { message: "bad offer of org-abcdef123", type: "invalid_request_error", code: "bad_sdp" },
          }),
        );
      });
    });
    await using own = await createTestBroker({ openai: `${grumpy.url}/v1`, yaml });
    const answer = await own.fetch("/v1/realtime/calls", {
      method: "POST",
      headers: { ...as(ALICE).headers, "content-type": "application/sdp" },
      body: "v=0\r\n",
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      {
        error: {
          message: "bad offer of [redacted]",
          type: "invalid_request_error",
          param: null,
          code: "bad_sdp",
        },
      },
    ]);
  });
});
