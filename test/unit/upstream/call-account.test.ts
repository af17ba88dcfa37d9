// Calls of one key: what creating, ending and joining one sends, and what becomes of a call that comes too late.
import { expect, it } from "vitest";
import { Secret } from "../../../server/secret.ts";
import { callAccount } from "../../../server/upstream/call-account.ts";
import {
  type CallReference,
  type CallRequest,
  JoinRefused,
  mayBeCreated,
  type OpenVoiceSocket,
} from "../../../server/upstream/calls.ts";
import {
  type HttpRequest,
  type HttpResponse,
  TruncatedResponseError,
  UnsentRequestError,
} from "../../../server/upstream/http-client.ts";
import { upstreamErrorOf } from "../../../server/upstream/upstream-error.ts";
import { createTestTime } from "../../support/time.ts";
import { testEnd } from "../../support/voice-sockets.ts";

const request: CallRequest = {
  ...{ interface: "realtime", offer: "v=0 offer", session: { type: "realtime", model: "m" } },
  ...{ callerId: "a", model: "m", safetyIdentifier: "hashed", timeoutMs: 5000 },
};
const call: CallReference = { interface: "realtime", id: "rtc_1", upstreamKey: "eu" };
const created: HttpResponse = {
  ...{ status: 201, headers: { location: "/v1/realtime/calls/rtc_1", "x-request-id": "req_1" } },
  text: "v=0 answer",
};

type Respond = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

const setUp = (respond: Respond = () => created, base_url = "https://eu.api.openai.com/v1") => {
  const sent: HttpRequest[] = [];
  const time = createTestTime();
  const opened: Parameters<OpenVoiceSocket>[0][] = [];
  const leftOver: unknown[] = [];
  const http = {
    post: async (each: HttpRequest) => {
      sent.push(each);
      return respond(each);
    },
  };
  const token = { current: () => new Secret("sk-of-eu") };
  const key = { name: "eu", base_url, token, organization: "org", project: "proj" };
  const socket = testEnd();
  const openSocket: OpenVoiceSocket = async (each) => {
    opened.push(each);
    return socket;
  };
  const onLeftOver = (each: CallReference) => leftOver.push(each.id);
  const account = callAccount(key, { creating: http, ending: http, openSocket, onLeftOver, ...time });
  const failure = async (of = request) => {
    const error = await account.createCall(of, 5000).catch((cause: unknown) => cause);
    return { mayBeCreated: mayBeCreated(error), ...upstreamErrorOf(error)?.outcome };
  };
  return { account, sent, time, opened, leftOver, failure };
};

const paths = (sent: HttpRequest[]) => sent.map(({ path }) => path);
const openAiError = (status: number, error: object): HttpResponse => ({
  ...{ status, headers: {}, text: JSON.stringify({ error: { message: "no", ...error } }) },
});

it("creates a Realtime call with the offer, the session and the hashed user, and knows it by its Location", async () => {
  const { account, sent } = setUp();
  expect(await account.createCall(request, 5000)).toEqual({
    ...call,
    answer: "v=0 answer",
    openAiRequestId: "req_1",
  });
  const [{ path, headers, body } = {} as HttpRequest] = sent;
  expect(path).toBe("/v1/realtime/calls");
  expect(headers.join(" ")).toContain("Bearer sk-of-eu");
  expect(headers.join(" ")).toContain("openai-organization org openai-project proj");
  expect(headers.join(" ")).toContain("openai-safety-identifier hashed");
  const type = headers[headers.indexOf("content-type") + 1] ?? "";
  const form = await new Response(body, { headers: { "content-type": type } }).formData();
  expect(form.get("sdp")).toBe("v=0 offer");
  expect(form.get("session")).toBe('{"type":"realtime","model":"m"}');
});

it("creates a GPT-Live session, and knows it by its answer", async () => {
  const text = JSON.stringify({ session: { id: "live_1" }, transport: { type: "webrtc", sdp: "v=0 a" } });
  const { account, sent } = setUp(() => ({ status: 201, headers: {}, text }));
  const asked: CallRequest = { ...request, interface: "live", session: { model: "gpt-live-1" } };
  expect(await account.createCall(asked, 5000)).toMatchObject({ id: "live_1", answer: "v=0 a" });
  expect(paths(sent)).toEqual(["/v1/live/sessions"]);
  expect(JSON.parse(sent[0]?.body ?? "")).toEqual({
    session: { model: "gpt-live-1", safety_identifier: "hashed" },
    transport: { type: "webrtc", sdp: "v=0 offer" },
  });
});

it.each<[string, Respond, object]>([
  ["OpenAI's refusal", () => openAiError(400, {}), { kind: "request-at-fault", mayBeCreated: false }],
  ["OpenAI's own error", () => openAiError(500, {}), { kind: "failed", how: "error", mayBeCreated: false }],
  [
    "a proxy's error",
    () => ({ status: 504, headers: {}, text: "<html>" }),
    { kind: "failed", how: "gateway", mayBeDone: true, mayBeCreated: true },
  ],
  [
    "no connection",
    () => Promise.reject(new UnsentRequestError(new Error("refused"))),
    { kind: "failed", how: "connection", mayBeCreated: false },
  ],
  [
    "a connection that broke after the request was sent",
    () => Promise.reject(new Error("reset")),
    { kind: "failed", how: "connection", mayBeDone: true, mayBeCreated: true },
  ],
  [
    "a success without a Location",
    () => ({ ...created, headers: {} }),
    { kind: "unreadable", mayBeCreated: true },
  ],
])("%s says whether a call may have been created", async (_, respond, outcome) => {
  expect(await setUp(respond).failure()).toEqual(outcome);
});

it("ends a call whose answer comes after the time", async () => {
  const late = Promise.withResolvers<HttpResponse>();
  const { failure, sent, time } = setUp(({ path }) => (path.endsWith("/calls") ? late.promise : created));
  const failed = failure();
  await time.pass(5000);
  expect(await failed).toEqual({ kind: "failed", how: "timeout", mayBeCreated: true });
  expect(sent[0]?.timeoutMs).toBe(65_000);
  late.resolve(created);
  await time.pass(0);
  expect(paths(sent)).toEqual(["/v1/realtime/calls", "/v1/realtime/calls/rtc_1/hangup"]);
});

it("ends a call whose answer breaks off, and says so where it cannot", async () => {
  const broken = new TruncatedResponseError(201, new Error("reset"), created.headers);
  const { failure, sent, time, leftOver } = setUp(({ path }) =>
    path.endsWith("/calls") ? Promise.reject(broken) : openAiError(500, {}),
  );
  expect(await failure()).toEqual({ kind: "unreadable", mayBeCreated: true });
  await time.pass(60_000);
  expect(paths(sent)).toEqual([
    "/v1/realtime/calls",
    ...Array.from({ length: 4 }, () => "/v1/realtime/calls/rtc_1/hangup"),
  ]);
  expect(leftOver).toEqual(["rtc_1"]);
});

it("ends a call whose answer has no SDP", async () => {
  const { failure, sent, time } = setUp(() => ({ ...created, text: "" }));
  expect(await failure()).toMatchObject({ kind: "unreadable" });
  await time.pass(0);
  expect(paths(sent)).toContain("/v1/realtime/calls/rtc_1/hangup");
});

it("ends a call, and says where that is not sure", async () => {
  const { account, sent } = setUp(({ path }) => openAiError(path.includes("rtc_1") ? 404 : 500, {}));
  await account.hangUp(call, 1000);
  expect(sent).toMatchObject([{ path: "/v1/realtime/calls/rtc_1/hangup", timeoutMs: 1000, body: "" }]);
  await expect(account.hangUp({ ...call, id: "rtc_2" }, 1000)).rejects.toMatchObject({
    code: "upstream-refused",
  });
});

it("joins a call where it was created, with the same organization and project", async () => {
  const { account, opened } = setUp();
  const receiver = { onMessage: () => {}, onClose: () => {} };
  const { signal } = new AbortController();
  await account.joinCall(call, receiver, signal);
  await account.joinCall({ ...call, interface: "live", id: "live_1" }, receiver, signal);
  await account.openCarried({ model: "gpt-realtime 2", safetyIdentifier: "h" }, receiver, signal);
  expect(opened.map(({ url }) => url)).toEqual([
    "wss://eu.api.openai.com/v1/realtime?call_id=rtc_1",
    "wss://eu.api.openai.com/v1/live/sessions/live_1/attach",
    "wss://eu.api.openai.com/v1/realtime?model=gpt-realtime%202",
  ]);
  const [headers, , carried] = opened.map((each) => each.headers.join(" "));
  expect(headers).toContain("Bearer sk-of-eu");
  expect(headers).toContain("openai-organization org openai-project proj");
  expect(carried).toContain("openai-safety-identifier h");
});

it("tells of a carried session that OpenAI refuses as of other requests", async () => {
  const account = callAccount(
    { name: "eu", base_url: "https://a/v1", token: { current: () => new Secret("sk-1") } } as never,
    { openSocket: () => Promise.reject(new JoinRefused(429)), clock: { now: () => 0 } } as never,
  );
  const receiver = { onMessage: () => {}, onClose: () => {} };
  const open = account.openCarried(
    { model: "m", safetyIdentifier: "h" },
    receiver,
    new AbortController().signal,
  );
  await expect(open).rejects.toMatchObject({
    code: "upstream-refused",
    cause: { outcome: { kind: "limited" } },
  });
});
