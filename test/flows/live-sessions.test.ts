// How a GPT-Live session begins, and what of a page's request is refused.
import { afterEach, beforeEach, expect, it } from "vitest";
import { LIVE_OFFER, liveTicket, postLive, startLiveOpenAi } from "../support/live-calls.ts";

let openAi: Awaited<ReturnType<typeof startLiveOpenAi>>;

beforeEach(async () => {
  openAi = await startLiveOpenAi();
});
afterEach(() => openAi[Symbol.asyncDispose]());

it("answers a ticket with where it is valid, and OpenAI's 201 for the page's offer", async () => {
  await using broker = await openAi.brokerWith();
  const ticket = await liveTicket(broker);
  expect(ticket).toMatchObject({
    value: expect.stringMatching(/^ek_/),
    session: { type: "live", model: "gpt-live-1" },
    connect: { live: `${broker.url}/v1/live/sessions` },
  });
  const answer = await postLive(broker, ticket.value, { sdp: LIVE_OFFER });
  expect([answer.status, await answer.json()]).toEqual([
    201,
    {
      session: { id: expect.stringMatching(/^live_/) },
      transport: { type: "webrtc", sdp: expect.any(String) },
    },
  ]);
  const [there] = await openAi.sessions();
  const { session } = await openAi.details(there?.id ?? "");
  expect([there?.sidebands, session]).toMatchObject([
    1,
    {
      instructions: "Be brief.",
      client: { data_channel: { allowed_client_events: expect.not.arrayContaining(["session.update"]) } },
      delegation: { responses: { parallel_tool_calls: false } },
    },
  ]);
  const again = await postLive(broker, ticket.value, { sdp: LIVE_OFFER });
  expect([again.status, await again.json()]).toMatchObject([401, { error: { code: expect.any(String) } }]);
  expect(await openAi.sessions()).toHaveLength(1);
});

it("takes OpenAI's whole body, whose session may repeat the profile's or change what it allows", async () => {
  await using broker = await openAi.brokerWith();
  const transport = { type: "webrtc", sdp: LIVE_OFFER };
  const session = { model: "gpt-live-1", instructions: "Sing." };
  const answer = await postLive(broker, "alice-0123456789", { session, transport });
  expect([answer.status, answer.headers.get("x-broker-session-grant")]).toEqual([
    201,
    expect.stringMatching(/^vg_/),
  ]);
  const [there] = await openAi.sessions();
  expect((await openAi.details(there?.id ?? "")).session).toMatchObject({ instructions: "Sing." });
});

it.each([
  ["another model", { session: { model: "gpt-live-2" } }, "session.model"],
  ["tools of its own", { session: { delegation: { type: "client" } } }, "session.delegation.type"],
  [
    "a channel that may do everything",
    { session: { client: { data_channel: { allowed_client_events: "all" } } } },
    "session.client.data_channel.allowed_client_events",
  ],
])("refuses a page that asks for %s, with and without a ticket", async (_, body, param) => {
  await using broker = await openAi.brokerWith();
  const whole = { ...body, transport: { type: "webrtc", sdp: LIVE_OFFER } };
  const { value } = await liveTicket(broker);
  for (const bearer of ["alice-0123456789", value]) {
    const answer = await postLive(broker, bearer, whole);
    expect([answer.status, await answer.json()]).toMatchObject([422, { error: { param } }]);
  }
  expect(await openAi.sessions()).toEqual([]);
  expect((await postLive(broker, value, { sdp: LIVE_OFFER })).status).toBe(201);
});

it.each([
  ["neither way of giving an offer", {}],
  ["both ways", { sdp: LIVE_OFFER, transport: { type: "webrtc", sdp: LIVE_OFFER } }],
  ["what is no offer", { sdp: "hello" }],
  ["another transport", { transport: { type: "sip", sdp: LIVE_OFFER } }],
  ["two lines of sound", { sdp: `${LIVE_OFFER}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n` }],
  ["an offer of more than 256 KiB", { sdp: `${LIVE_OFFER}a=${"x".repeat(262_144)}` }],
])("refuses %s", async (_, body) => {
  await using broker = await openAi.brokerWith();
  const answer = await postLive(broker, "alice-0123456789", body);
  expect([answer.status, await answer.json()]).toMatchObject([
    422,
    { error: { message: expect.any(String) } },
  ]);
  expect(await openAi.sessions()).toEqual([]);
});

it("refuses 1 MiB without reading it, and who shows no credentials", async () => {
  await using broker = await openAi.brokerWith();
  const large = await postLive(broker, "alice-0123456789", { sdp: `v=0${"x".repeat(1_048_576)}` });
  expect(large.status).toBe(413);
  const anonymous = await broker.fetch("/v1/live/sessions", { method: "POST", body: "{}" });
  expect(anonymous.status).toBe(401);
});

it("tells apart what is GPT-Live and what is Realtime", async () => {
  await using broker = await openAi.brokerWith();
  for (const profile of ["spoken", "watched"]) {
    const answer = await postLive(broker, "alice-0123456789", { sdp: LIVE_OFFER }, `?profile=${profile}`);
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining("is not GPT-Live")]);
  }
  const { value } = await liveTicket(broker);
  const headers = { authorization: `Bearer ${value}`, "content-type": "application/sdp" };
  const call = await broker.fetch("/v1/realtime/calls", { method: "POST", headers, body: LIVE_OFFER });
  expect([call.status, await call.text()]).toEqual([422, expect.stringContaining("speaks GPT-Live")]);
});

it("lets a sealed page's data channel do nothing", async () => {
  await using broker = await openAi.brokerWith();
  const { value } = await liveTicket(broker, "?profile=sealed");
  const withChannel = `${LIVE_OFFER}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n`;
  expect((await postLive(broker, value, { sdp: withChannel })).status).toBe(201);
  const [there] = await openAi.sessions();
  expect((await openAi.details(there?.id ?? "")).session).toMatchObject({
    client: { data_channel: { allowed_client_events: [], allowed_server_events: [] } },
  });
});
