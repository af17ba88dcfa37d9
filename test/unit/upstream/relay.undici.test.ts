// One relayed request with one key: what OpenAI is sent, and what the recipient receives.
import { errors } from "undici";
import { afterAll, afterEach, expect, it } from "vitest";
import type { Failure } from "../../../server/failures/failure.ts";
import { Secret } from "../../../server/secret.ts";
import { relayAgent } from "../../../server/upstream/agents.undici.ts";
import type { RelayedRequest } from "../../../server/upstream/relay.ts";
import { relayAccount } from "../../../server/upstream/relay.undici.ts";
import { upstreamErrorOf } from "../../../server/upstream/upstream-error.ts";
import { countedSignal } from "../../support/counted-signal.ts";
import { type Behaviour, type FakeOpenAi, fakeOpenAi } from "../../support/fake-openai.ts";
import { testRecipient } from "../../support/recipient.ts";
import { relayByHand } from "../../support/relay-by-hand.ts";

const agent = relayAgent();
afterAll(() => agent.destroy());
let openai: FakeOpenAi | undefined;
afterEach(() => openai?.[Symbol.asyncDispose]());

const key = { name: "a", token: { current: () => new Secret("sk-of-a") } };

/** The account of a key whose OpenAI behaves so, a recipient, and the bytes that were relayed. */
const setUp = async (behave: Behaviour) => {
  openai = await fakeOpenAi(behave);
  const { baseUrl, asked } = openai;
  const relayed: number[] = [];
  const onRelayed = (bytes: number) => relayed.push(bytes);
  const ports = { agent, clock: { now: () => 0 }, idleMs: () => 60_000, onRelayed };
  const account = relayAccount({ ...key, base_url: baseUrl }, ports);
  const recipient = testRecipient();
  const relay = (more: Partial<RelayedRequest> = {}, timeoutMs = 5000) =>
    account.relay(
      {
        ...{ method: "POST", target: "/chat/completions?a=1", headers: ["content-type", "text/plain"] },
        ...{ body: { kind: "buffered", bytes: Buffer.from("hello") }, callerId: "a", model: "m" },
        ...{ signal: new AbortController().signal, timeoutMs, isCallersTime: false },
        ...more,
      },
      recipient,
      timeoutMs,
    );
  const failure = async (work: Promise<unknown>) => {
    const error = (await work.catch((cause: unknown) => cause)) as Failure;
    return [error.code, upstreamErrorOf(error)?.outcome];
  };
  return { relay, recipient, asked, relayed, failure };
};

it("the request goes out under our key, and the response comes back as it is", async () => {
  const { relay, recipient, asked, relayed } = await setUp((answer) => {
    answer.writeHead(201, { "content-type": "text/plain", "x-request-id": "req_1", "set-cookie": "a=b" });
    answer.end("world");
  });
  expect(await relay()).toBe("answered");
  await expect.poll(() => recipient.ending).toBe("whole");
  expect([recipient.status, recipient.text, relayed]).toEqual([201, "world", [5]]);
  expect(recipient.headers).toMatchObject({ "content-type": "text/plain", "x-request-id": "req_1" });
  expect(recipient.headers).not.toHaveProperty("set-cookie");
  expect(asked).toMatchObject([{ method: "POST", url: "/v1/chat/completions?a=1", body: "hello" }]);
  expect(asked[0]?.headers.authorization).toBe("Bearer sk-of-a");
});

it("what is wrong with the request is told, in OpenAI's shape and without our account's names", async () => {
  const { relay, recipient } = await setUp((answer) => {
    answer.writeHead(400, { "content-type": "text/html", "x-request-id": "req_1", "retry-after": "1" });
    answer.end(JSON.stringify({ error: { message: "no such voice, org-0123456789", internal: 1 } }));
  });
  expect(await relay()).toBe("refused");
  expect([recipient.status, recipient.headers["content-type"], recipient.ending]).toEqual([
    ...[400, "application/json", "whole"],
  ]);
  expect(JSON.parse(recipient.text)).toEqual({
    error: { message: "no such voice, [redacted]", type: "invalid_request_error", param: null, code: null },
  });
  expect(recipient.headers["content-length"]).toBe(String(recipient.text.length));
});

it.each<[number, object]>([
  [300, { kind: "request-at-fault" }],
  [401, { kind: "refused" }],
  [429, { kind: "limited", waitMs: 5000, hasRoom: false }],
  [500, { kind: "failed", how: "error" }],
  [503, { kind: "failed", how: "gateway" }],
])("a %s is thrown, and the recipient receives nothing", async (status, outcome) => {
  const { relay, recipient, failure } = await setUp((answer) => {
    answer.writeHead(status).end("a".repeat(200_000));
  });
  expect(await failure(relay())).toEqual(["upstream-refused", outcome]);
  expect([recipient.status, recipient.ending]).toEqual([undefined, "none"]);
});

it("a response that breaks off is a break, and not an end", async () => {
  const { relay, recipient } = await setUp((answer) => {
    answer.writeHead(200, { "content-length": "10" });
    answer.write("half", () => answer.destroy());
  });
  expect(await relay()).toBe("answered");
  await expect.poll(() => recipient.ending).toMatch(/closed|other side|terminated/);
  expect(recipient.text).toBe("half");
});

it("a cut connection is the key's region's failure", async () => {
  const { relay, failure } = await setUp((answer) => void answer.destroy());
  expect(await failure(relay())).toEqual(["upstream-refused", { kind: "failed", how: "connection" }]);
});

it.each([
  [false, { kind: "failed", how: "timeout" }],
  [true, { kind: "abandoned" }],
])(
  "no answer in time says something about the key, unless the time was the caller's own: %s",
  async (own, outcome) => {
    const { relay, failure } = await setUp(() => {});
    expect(await failure(relay({ isCallersTime: own }, 100))).toEqual(["upstream-timeout", outcome]);
  },
);

it("the caller's leaving ends the request, before and after it was sent", async () => {
  const leaving = new AbortController();
  const reason = new Error("the caller left");
  const { relay, asked } = await setUp(() => leaving.abort(reason));
  await expect(relay({ signal: leaving.signal })).rejects.toBe(reason);
  await expect(relay({ signal: leaving.signal })).rejects.toBe(reason);
  expect(asked.length).toBe(1);
});

it("a signal that outlives many requests holds none of them", async () => {
  const { relay } = await setUp((answer) => void answer.end());
  const { signal, listeners } = countedSignal();
  await relay({ signal });
  await expect.poll(listeners).toBe(0);
});

it("an upload that its sender breaks off says nothing about the key", async () => {
  const { relay, failure } = await setUp((answer) => void answer.end());
  const bytes = (async function* () {
    yield Buffer.from("half");
    throw new Error("gone");
  })();
  const body = { kind: "streaming" as const, bytes, begun: false, broken: false };
  expect(await failure(relay({ body }))).toEqual(["upstream-refused", { kind: "abandoned" }]);
});

it("a base URL without a path has none, and undici's coarse timer no less than a second", () => {
  const asked = [100, 5000].flatMap((timeoutMs) => relayByHand({}, timeoutMs).asked);
  expect(asked).toMatchObject([
    { origin: "https://host", path: "/files", headersTimeout: 1000 },
    { path: "/files", headersTimeout: 5000 },
  ]);
});

it("nothing is sent for a caller that has left, and what waited for a connection is ended when it has one", () => {
  expect(relayByHand({ signal: AbortSignal.abort() }).asked).toEqual([]);
  const leaving = new AbortController();
  const { start, aborted } = relayByHand({ signal: leaving.signal });
  leaving.abort("left");
  start();
  expect(aborted).toEqual(["left"]);
});

it.each([
  [200, "answered", 200],
  [304, "answered", 304],
  [404, "refused", 404],
])("early hints are not the response, %i is", async (status, result, told) => {
  const { head, end, begun, recipient } = relayByHand();
  for (const each of [103, status]) head(each);
  end();
  expect([await begun, recipient.status, recipient.ending]).toEqual([result, told, "whole"]);
  expect(() => [recipient.pause(), recipient.resume()]).not.toThrow();
});

it.each([
  [60, "m"],
  [70, "OpenAI answered 400."],
])("an error of %i KiB is read up to 64 KiB and the chunk that passes them", async (kibibytes, message) => {
  const { head, data, end, begun, recipient } = relayByHand();
  head(400);
  data(" ".repeat(kibibytes * 1024));
  data(JSON.stringify({ error: { message: "m" } }));
  end();
  await begun;
  expect(JSON.parse(recipient.text).error.message).toBe(message);
});

it.each([
  [new errors.InvalidArgumentError("no"), "abandoned"],
  [new errors.NotSupportedError("no"), "abandoned"],
  [new errors.RequestContentLengthMismatchError(), "abandoned"],
  [new errors.ClientDestroyedError(), "abandoned"],
  [new errors.ClientClosedError(), "abandoned"],
  [new errors.SocketError("reset"), "failed"],
])("%o is blamed on the key only if OpenAI caused it: %s", async (error, kind) => {
  expect((await relayByHand().fail(error))?.kind).toBe(kind);
  const bytes = (async function* () {})();
  const body = { kind: "streaming" as const, bytes, begun: true, broken: false };
  expect((await relayByHand({ body }).fail(error))?.kind).toBe(kind);
});
