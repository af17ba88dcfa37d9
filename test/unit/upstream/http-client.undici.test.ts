// The HTTP client: requests over pooled connections, when OpenAI is slow or away.
import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { requestAgent } from "../../../server/upstream/agents.undici.ts";
import { TruncatedResponseError, UnsentRequestError } from "../../../server/upstream/http-client.ts";
import { createHttpClient } from "../../../server/upstream/http-client.undici.ts";
import { countedSignal } from "../../support/counted-signal.ts";
import { serve } from "../../support/server.ts";

const asked: string[] = [];
let agent: ReturnType<typeof requestAgent> | undefined;
afterEach(async () => {
  asked.length = 0;
  await agent?.close();
});

const slow = (ms: number) =>
  serve(async (request, answer) => {
    asked.push(request.url ?? "");
    request.resume();
    await once(request, "end");
    setTimeout(() => answer.writeHead(200, { "x-request-id": "req_1" }).end("ok"), ms);
  });

const over = () => {
  agent = requestAgent(1);
  return createHttpClient(agent);
};

const to = (origin: string, path: string, signal = new AbortController().signal, timeoutMs = 2000) => ({
  origin,
  path,
  headers: ["content-type", "text/plain"],
  body: "äöü",
  signal,
  timeoutMs,
});

it("reads the answer whole, with its headers by small names", async () => {
  await using server = await serve(async (request, answer) => {
    const sent = await new Response(request as unknown as ReadableStream).text();
    answer.writeHead(201, { "X-Request-Id": "req_1" }).end(`${request.method} ${sent}`);
  });
  const answer = await over().post(to(server.url, "/a?b=c"));
  expect(answer).toMatchObject({ status: 201, headers: { "x-request-id": "req_1" }, text: "POST äöü" });
});

it("never sends a request whose caller has left, and answers at once those that left while waiting for a connection", async () => {
  await using server = await slow(200);
  const { post } = over();
  const first = post(to(server.url, "/first"));
  const leaving = new AbortController();
  const second = post(to(server.url, "/second", leaving.signal));
  const reason = new Error("the caller left");
  leaving.abort(reason);
  let isConnectionFree = false;
  void first.then(() => {
    isConnectionFree = true;
  });
  await expect(second).rejects.toBe(reason);
  expect(isConnectionFree).toBe(false);
  expect((await first).status).toBe(200);
  expect((await post(to(server.url, "/third"))).status).toBe(200);
  expect(asked).toEqual(["/first", "/third"]);
});

it("sends nothing for a caller that has left already", async () => {
  await using server = await slow(0);
  const reason = new Error("gone before");
  await expect(over().post(to(server.url, "/", AbortSignal.abort(reason)))).rejects.toBe(reason);
  expect(asked).toEqual([]);
});

it("counts the wait for a connection into the time limit, and goes on after", async () => {
  await using server = await slow(150);
  const { post } = over();
  const hasty = (path: string) => post(to(server.url, path, undefined, 250));
  const outcomes = await Promise.allSettled(["/1", "/2", "/3"].map(hasty));
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(outcomes[2]).toMatchObject({ reason: { name: "TimeoutError" } });
  expect((await post(to(server.url, "/after"))).status).toBe(200);
});

it("refuses a response without end", async () => {
  await using server = await serve((request, answer) => {
    request.resume();
    answer.writeHead(200);
    const more = setInterval(() => answer.write("x".repeat(256 * 1024)), 5);
    answer.once("close", () => clearInterval(more));
  });
  await expect(over().post(to(server.url, "/"))).rejects.toThrow(/size/i);
});

it("ends a request at once whose caller leaves, and one that takes too long", async () => {
  const leaving = new AbortController();
  const reason = new Error("the caller left");
  await using server = await serve((request) => {
    if (request.url === "/left") leaving.abort(reason);
  });
  await expect(over().post(to(server.url, "/left", leaving.signal))).rejects.toBe(reason);
  await expect(over().post(to(server.url, "/late", undefined, 100))).rejects.toMatchObject({
    name: "TimeoutError",
    message: "no answer in time",
  });
});

it("closes the connection of a request that has ended early", async () => {
  const leaving = new AbortController();
  const closed = Promise.withResolvers<string>();
  await using server = await serve((request) => {
    request.socket.once("close", () => closed.resolve("closed"));
    leaving.abort(new Error("the caller left"));
  });
  await over()
    .post(to(server.url, "/", leaving.signal))
    .catch(() => {});
  expect(await closed.promise).toBe("closed");
});

it("tells a response that broke off from a connection that brought none", async () => {
  await using server = await serve((request, answer) => {
    if (request.url === "/none") return void answer.destroy();
    answer.writeHead(502, { "content-length": "10" });
    answer.write("half", () => answer.destroy());
  });
  const half = await over()
    .post(to(server.url, "/half"))
    .catch((error: unknown) => error);
  expect(half).toBeInstanceOf(TruncatedResponseError);
  expect(half).toMatchObject({
    name: "TruncatedResponseError",
    status: 502,
    message: expect.stringMatching(/^the response broke off: ./),
  });
  const none = await over()
    .post(to(server.url, "/none"))
    .catch((error: unknown) => error);
  expect(none).toBeInstanceOf(Error);
  expect(none).not.toBeInstanceOf(TruncatedResponseError);
});

it("tells a request that was never sent from one that broke off", async () => {
  const { post } = over();
  const refused = await post(to("http://127.0.0.1:9", "/")).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UnsentRequestError);
  expect(refused).toMatchObject({ code: "ECONNREFUSED" });
  await using server = await serve((_, answer) => void answer.destroy());
  const broken = await post(to(server.url, "/")).catch((error: unknown) => error);
  expect(broken).not.toBeInstanceOf(UnsentRequestError);
});

it("leaves neither a listener nor a timer behind", async () => {
  await using server = await serve(
    ({ url }, answer) => void (url === "/cut" ? answer.destroy() : answer.end()),
  );
  const { signal, listeners } = countedSignal();
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const { post } = over();
  await post(to(server.url, "/warm-up"));
  const before = timers();
  for (let time = 0; time < 20; time += 1) {
    await post(to(server.url, "/", signal, 60_000));
    await post(to(server.url, "/cut", signal, 60_000)).catch(() => {});
  }
  expect(listeners()).toBe(0);
  expect(timers() - before).toBeLessThan(10);
});
