// One mint with one key: what OpenAI is sent, and what its answers become.
import { expect, it } from "vitest";
import type { Failure } from "../../../server/failures/failure.ts";
import { Secret } from "../../../server/secret.ts";
import {
  type HttpRequest,
  type HttpResponse,
  TruncatedResponseError,
} from "../../../server/upstream/http-client.ts";
import { mintAccount } from "../../../server/upstream/mint.openai.ts";
import { upstreamErrorOf } from "../../../server/upstream/upstream-error.ts";

const key = { name: "eu", token: { current: () => new Secret("sk-of-eu") } };
const minted = { value: "ek_abc", expires_at: 1_763_650_000, session: { id: "sess_1", instructions: "x" } };

const setUp = (respond: () => Partial<HttpResponse>, base_url = "https://eu.api.openai.com/v1") => {
  const sent: HttpRequest[] = [];
  const http = {
    post: async (request: HttpRequest) => {
      sent.push(request);
      return {
        status: 200,
        headers: { "x-request-id": "req_1" },
        text: JSON.stringify(minted),
        ...respond(),
      };
    },
  };
  const account = mintAccount({ ...key, base_url }, { http, clock: { now: () => 0 } });
  const mint = (signal = new AbortController().signal) =>
    account.mint(
      {
        ...{ callerId: "a", model: "m", session: { type: "realtime", model: "m" }, ttlSeconds: 600 },
        ...{ safetyIdentifier: "hashed", signal },
      },
      500,
    );
  const failure = async () => {
    const error = (await mint().catch((cause: unknown) => cause)) as Failure;
    const { outcome, report, message } = upstreamErrorOf(error) ?? {};
    return { code: error.code, outcome, report, message };
  };
  return { mint, failure, sent };
};

it("sends the session, its lifetime and the hashed user, and tells where the key is valid", async () => {
  const { mint, sent } = setUp(() => ({}));
  expect(await mint()).toEqual({
    value: new Secret("ek_abc"),
    expiresAt: 1_763_650_000,
    session: minted.session,
    connect: {
      webrtc: "https://eu.api.openai.com/v1/realtime/calls",
      websocket: "wss://eu.api.openai.com/v1/realtime",
    },
    requestId: "req_1",
    upstreamKey: "eu",
  });
  const [request] = sent;
  expect([request?.origin, request?.path, request?.timeoutMs]).toEqual([
    "https://eu.api.openai.com",
    "/v1/realtime/client_secrets",
    500,
  ]);
  expect(JSON.parse(request?.body ?? "")).toEqual({
    expires_after: { anchor: "created_at", seconds: 600 },
    session: { type: "realtime", model: "m" },
  });
  expect(request?.headers).toEqual([
    ...["authorization", "Bearer sk-of-eu", "user-agent", "realtime-key-broker"],
    ...["content-type", "application/json", "accept", "application/json"],
    ...["openai-safety-identifier", "hashed"],
  ]);
});

it.each([
  ["no JSON", "<html>"],
  ["no key", JSON.stringify({ ...minted, value: "sk-other" })],
  ["words before the key", JSON.stringify({ ...minted, value: "the key is ek_abc" })],
  ["words after the key", JSON.stringify({ ...minted, value: "ek_abc is the key" })],
  ["no session", JSON.stringify({ ...minted, session: null })],
  ["an expiry of another kind", JSON.stringify({ ...minted, expires_at: "soon" })],
])("an answer with %s is unreadable, and not quoted", async (_, text) => {
  expect(await setUp(() => ({ text })).failure()).toEqual({
    code: "upstream-refused",
    outcome: { kind: "unreadable" },
    report: { requestId: "req_1" },
    message: "OpenAI's response has not the documented shape",
  });
});

it("an error response is read", async () => {
  const text = JSON.stringify({ error: { message: "no", code: "insufficient_quota" } });
  const { outcome, report } = await setUp(() => ({ status: 429, text })).failure();
  expect([outcome, report]).toMatchObject([
    { kind: "no-quota" },
    { status: 429, code: "insufficient_quota" },
  ]);
});

it("a redirect is an error: it would take the key to another place", async () => {
  const { outcome, report } = await setUp(() => ({ status: 300 })).failure();
  expect([outcome, report]).toMatchObject([{ kind: "request-at-fault" }, { status: 300 }]);
});

it("a base URL without a path has none", async () => {
  const { mint, sent } = setUp(() => ({}), "https://openai.example.com");
  await mint();
  expect(sent[0]?.path).toBe("/realtime/client_secrets");
});

const raise = (error: Error) => () => {
  throw error;
};

it.each<[string, Error, string, object]>([
  [
    "that is late",
    new DOMException("late", "TimeoutError"),
    "upstream-timeout",
    { kind: "failed", how: "timeout" },
  ],
  ["that cannot connect", new Error("reset"), "upstream-refused", { kind: "failed", how: "connection" }],
  [
    "whose success breaks off, as a key may have been minted",
    new TruncatedResponseError(200, new Error("reset")),
    "upstream-refused",
    { kind: "unreadable" },
  ],
  [
    "whose error breaks off",
    new TruncatedResponseError(502, new Error("reset")),
    "upstream-refused",
    { kind: "failed", how: "gateway" },
  ],
])("a mint %s", async (_, error, code, outcome) => {
  expect(await setUp(raise(error)).failure()).toMatchObject({ code, outcome });
});

it.each([
  [200, "OpenAI's response broke off"],
  [300, "OpenAI refused"],
  [502, "OpenAI refused"],
])("the log learns the status of a response that breaks off, and why: %i", async (status, message) => {
  const failure = await setUp(raise(new TruncatedResponseError(status, new Error("reset")))).failure();
  expect(failure).toMatchObject({ message, report: { status, message: expect.stringContaining("reset") } });
});

it("a mint whose caller has left ends with the caller's reason", async () => {
  const reason = new Error("the caller left");
  await expect(setUp(raise(new Error("reset"))).mint(AbortSignal.abort(reason))).rejects.toBe(reason);
});
