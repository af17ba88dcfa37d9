// A page of a supervised profile: it gets a ticket in place of a key, and connects to the service as it would to OpenAI.
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createCaller } from "../emulator/caller.ts";
import type { TestBroker } from "../support/broker.ts";
import {
  ALICE,
  as,
  BOB,
  offerOf,
  post,
  type Supervised,
  supervise,
  ticketOf,
} from "../support/supervised-broker.ts";

let supervised: Supervised;
let broker: TestBroker;
beforeAll(async () => {
  supervised = await supervise();
  broker = supervised.broker;
});
afterAll(() => supervised[Symbol.asyncDispose]());

const asked = async (path: string): Promise<{ path: string; headers: Record<string, string> }[]> => {
  const { requests } = (await (await fetch(new URL("/emulator/requests", supervised.openai))).json()) as {
    requests: { path: string; headers: Record<string, string> }[];
  };
  return requests.filter((request) => request.path === path);
};

const hangUp = (callId: string, token: string) =>
  broker.fetch(`/v1/realtime/calls/${callId}/hangup`, { method: "POST", headers: as(token) });

const callIdOf = (answer: Response) => answer.headers.get("location")?.split("/").at(-1) ?? "";

it("the answer has the shape of a key's, and OpenAI is asked for none", async () => {
  const ticket = await ticketOf(broker);
  expect(ticket).toEqual({
    value: expect.stringMatching(/^ek_[\w-]{43}$/),
    expires_at: expect.closeTo(Date.now() / 1000 + 60, -1),
    profile: "default",
    session: { id: null, type: "realtime", model: "gpt-realtime-2.1", output_modalities: null, voice: null },
    connect: {
      webrtc: `${broker.url}/v1/realtime/calls`,
      websocket: `${broker.url.replace("http", "ws")}/v1/realtime`,
    },
    supervision: {
      ...{ session: expect.stringMatching(/^vs_/), grant: expect.stringMatching(/^vg_/) },
      server_tools: [],
    },
  });
  expect(JSON.stringify(ticket)).not.toContain("own words");
  expect(await asked("/v1/realtime/client_secrets")).toEqual([]);
  expect(broker.logs.findLast(({ route }) => route === "/ephemeral-key")).toMatchObject({
    profile: "default",
  });
  expect(JSON.stringify(broker.logs)).not.toContain(ticket.value);
});

it("a profile that is not supervised gives OpenAI's keys, as before", async () => {
  const key = await ticketOf(broker, "plain");
  expect(key.supervision).toBeUndefined();
  expect(key.connect.webrtc).toBe(`${supervised.openai}/realtime/calls`);
});

it("a page posts its offer with the ticket, and talks to OpenAI", async () => {
  const { connect, value, supervision } = await ticketOf(broker);
  const page = createCaller();
  const answer = await fetch(connect.webrtc, {
    method: "POST",
    headers: { ...as(value), "content-type": "application/sdp", origin: "https://app.example.com" },
    body: await page.offer(),
  });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([201, "application/sdp"]);
  expect(answer.headers.get("location")).toMatch(/^\/v1\/realtime\/calls\/rtc_[\w-]+$/);
  expect(answer.headers.get("x-broker-session")).toBe(supervision?.session);
  expect(answer.headers.get("x-broker-session-grant")).toBeNull();
  expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
  expect(answer.headers.get("access-control-expose-headers")).toContain("location");
  await page.accept(await answer.text());
  expect(await page.next("session.created")).toMatchObject({
    session: { instructions: "The house's own words." },
  });
  const [created] = (await asked("/v1/realtime/calls")).slice(-1);
  expect(created?.headers.authorization).toBe("Bearer sk-test-broker");
  expect((await hangUp(callIdOf(answer), supervision?.grant ?? "")).status).toBe(200);
  await page.ended;
  await page.close();
});

it("callers with credentials of their own need no ticket, and are told the session and its grant", async () => {
  const answer = await post(broker, BOB, await offerOf());
  expect(answer.status).toBe(201);
  expect(answer.headers.get("x-broker-session")).toMatch(/^vs_/);
  expect(answer.headers.get("x-broker-session-grant")).toMatch(/^vg_/);
  const callId = callIdOf(answer);
  expect([(await hangUp(callId, ALICE)).status, (await hangUp(callId, BOB)).status]).toEqual([404, 200]);
});

it("OpenAI's package gets a ticket, starts a call with it, and ends it", async () => {
  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${broker.url}/v1`, apiKey, maxRetries: 0 });
  const session = { type: "realtime", model: "gpt-realtime-2.1" } as const;
  const secret = await clientOf(ALICE).realtime.clientSecrets.create({ session });
  expect(secret).toMatchObject({ session: { object: "realtime.session", model: "gpt-realtime-2.1" } });
  const created = await clientOf(secret.value).realtime.calls.create({ sdp: await offerOf(), session });
  expect(created.status).toBe(201);
  await clientOf(ALICE).realtime.calls.hangup(callIdOf(created));
});

it("PUBLIC_URL says where tickets are taken, as the Host of a trusted proxy does", async () => {
  const env = { BASE_PATH: "/voice", TRUSTED_PROXIES: "127.0.0.1,::1" };
  await using behind = await supervise({ env });
  const headers = { ...as(ALICE), "x-forwarded-host": "app.example.com", "x-forwarded-proto": "https" };
  const answer = await fetch(`${behind.broker.url}/ephemeral-key`, { headers });
  expect(await answer.json()).toMatchObject({
    connect: {
      webrtc: "https://app.example.com/voice/v1/realtime/calls",
      websocket: "wss://app.example.com/voice/v1/realtime",
    },
  });
  await using named = await supervise({ env: { PUBLIC_URL: "https://voice.example.com/broker/" } });
  expect((await ticketOf(named.broker)).connect.webrtc).toBe(
    "https://voice.example.com/broker/v1/realtime/calls",
  );
});

it("more sessions than may be open at once are refused, until one has ended", async () => {
  const [first, second] = [await ticketOf(broker, "strict"), await ticketOf(broker, "strict")];
  const began = await post(broker, first.value, await offerOf());
  expect(began.status).toBe(201);
  const refused = await post(broker, second.value, await offerOf());
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
  expect(await refused.json()).toMatchObject({ error: { code: "sessions-exceeded" } });
  expect((await post(broker, (await ticketOf(broker, "strict", BOB)).value, await offerOf())).status).toBe(
    201,
  );
  await hangUp(callIdOf(began), ALICE);
  const again = async () => {
    const { value } = await ticketOf(broker, "strict");
    return (await post(broker, value, await offerOf())).status;
  };
  await expect.poll(again).toBe(201);
});
