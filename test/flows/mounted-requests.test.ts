// Requests as an application may hand them over: over HTTP/2, late, or already answered.
import { once } from "node:events";
import { type ClientHttp2Session, connect, createServer, type IncomingHttpHeaders } from "node:http2";
import { type AddressInfo, connect as connectSocket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Broker } from "../../server/broker.ts";
import { alice, serveHost, startMounted } from "../support/mounted.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { until } from "../support/wait.ts";

let openai: EmulatedOpenAi;
beforeAll(async () => {
  openai = await emulateOpenAi();
});
afterAll(() => openai[Symbol.asyncDispose]());

const json = { ":method": "POST", "content-type": "application/json" };
const chat = (content: string) =>
  JSON.stringify({ model: "gpt-5.4-mini", stream: true, messages: [{ role: "user", content }] });

const serveHttp2 = async ({ listener }: Broker) => {
  const server = createServer((request, response) => listener(request as never, response as never));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = connect(url);
  return {
    ...{ client, url },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      server.close();
    },
  };
};

const ask = async (client: ClientHttp2Session, headers: IncomingHttpHeaders, body?: string) => {
  const stream = client.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const [answer] = await once(stream, "response");
  return [answer[":status"], await text(stream)];
};

describe("over HTTP/2", () => {
  it("keys are minted, and a body without a length is read", async () => {
    await using broker = await startMounted(openai);
    await using app = await serveHttp2(broker);
    expect(await ask(app.client, { ":path": "/ephemeral-key", ...alice })).toEqual([
      ...[200, expect.stringContaining("ek_")],
    ]);
    expect(
      await ask(app.client, { ":path": "/v1/chat/completions", ...json, ...alice }, chat("hello")),
    ).toEqual([...[200, expect.stringContaining("hello")]]);
  });

  it("a page of the same origin has the session of its user", async () => {
    await using broker = await startMounted(openai, {}, { authenticate: () => ({ name: "ada" }) });
    await using app = await serveHttp2(broker);
    const mint = async (origin: string) =>
      (await ask(app.client, { ":path": "/ephemeral-key", ":method": "POST", origin }))[0];
    expect([await mint(app.url), await mint("https://evil.example")]).toEqual([200, 401]);
  });

  it("a stream that is given up ends at OpenAI too, and others go on", async () => {
    await using broker = await startMounted(openai);
    await using app = await serveHttp2(broker);
    const headers = { ":path": "/v1/chat/completions", ...json, ...alice };
    const given = app.client.request(headers).end(chat("hello ".repeat(500)));
    await once(given, "data");
    given.close(8);
    await until("it is in the log", () => broker.lines.some(({ broken }) => broken !== undefined));
    expect((await ask(app.client, { ":path": "/tools", ...alice }))[0]).toBe(200);
  });
});

it("a caller that has left before the application hands it over gets no key", async () => {
  await using broker = await startMounted(openai);
  const handed = Promise.withResolvers<void>();
  await using app = await serveHost((request, response) => {
    request.socket.once("close", () => {
      setImmediate(() => {
        broker.listener(request, response);
        handed.resolve();
      });
    });
  });
  const caller = connectSocket(Number(new URL(app.url).port), "127.0.0.1");
  caller.write(`GET /ephemeral-key HTTP/1.1\r\nHost: a\r\nAuthorization: ${alice.authorization}\r\n\r\n`);
  setTimeout(() => caller.destroy(), 100);
  await handed.promise;
  await broker.fetch(new Request("http://a/tools", { headers: alice }));
  expect(broker.lines).toEqual([expect.objectContaining({ route: "/tools" })]);
});

it("a request that the application has begun to answer breaks off, and the log says why", async () => {
  await using broker = await startMounted(openai);
  await using app = await serveHost((request, response) => {
    response.write("own");
    broker.listener(request, response);
  });
  const answer = fetch(`${app.url}/ephemeral-key`, { headers: alice }).then((response) => response.text());
  await expect(answer).rejects.toThrow();
  expect(broker.lines).toMatchObject([
    { msg: "connection-failed", cause: { message: "the application has begun to answer this request" } },
  ]);
});

it("an answer of the application's own stays as it is", async () => {
  await using broker = await startMounted(openai);
  await using app = await serveHost((request, response) => {
    response.end("own");
    broker.listener(request, response);
  });
  expect(await (await fetch(`${app.url}/tools`)).text()).toBe("own");
  expect(broker.lines).toEqual([]);
});
