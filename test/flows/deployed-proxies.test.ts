// The proxies of deploy/ as they stand there: what a browser and OpenAI's clients need of them passes.
import { once } from "node:events";
import { Agent, FormData, request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type DeployedProxy, startDeployedCaddy, startDeployedNginx } from "../support/deployed-proxies.ts";
import { fakeOpenAi } from "../support/fake-openai.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { until } from "../support/wait.ts";

const token = "a-0123456789abcdef";
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };

const agentsFor = ({ certificate }: DeployedProxy) => {
  const connect = { ca: certificate };
  // The whole of 127.0.0.0/8 is this machine: the proxy comes from .1, its client from .2.
  const http1 = new Agent({ connect, localAddress: "127.0.0.2", allowH2: false });
  const http2 = new Agent({ connect, allowH2: true });
  return { http1, http2, close: () => Promise.all([http1.close(), http2.close()]) };
};
type Agents = ReturnType<typeof agentsFor>;

describe.each([
  ["nginx", startDeployedNginx],
  ["Caddy", startDeployedCaddy],
])("behind %s", (_, start) => {
  let openai: EmulatedOpenAi;
  let broker: TestBroker;
  let proxy: DeployedProxy;
  let agents: Agents;

  beforeAll(async () => {
    openai = await emulateOpenAi();
    broker = await createTestBroker({
      openai: openai.baseUrl,
      yaml: `{ callers: { tokens: [{ name: a, token: ${token} }] }, relay: { all: { allow: [members], paths: [inference, /v1/files] } } }`,
      env: { TRUSTED_PROXIES: "127.0.0.1", LOG_ADDRESSES: "plain" },
    });
    proxy = await start([broker, broker]);
    agents = agentsFor(proxy);
  });
  afterAll(async () => {
    await agents.close();
    await proxy[Symbol.asyncDispose]();
    await broker.stop();
    await openai[Symbol.asyncDispose]();
  });

  it("the caller's own address counts, an invented one does not, and browsers are told to insist on https", async () => {
    const answer = await request(`${proxy.url}/problems`, {
      dispatcher: agents.http1,
      headers: { "x-forwarded-for": "203.0.113.66", forwarded: "for=203.0.113.67" },
    });
    await answer.body.dump();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["strict-transport-security"]).toMatch(/^max-age=\d{8}$/);
    expect(broker.logs.at(-1)).toMatchObject({ route: "/problems", client: "127.0.0.2" });
  });

  it("a streamed answer is passed on as it comes, over HTTP/1.1 and HTTP/2", async () => {
    let goOn = () => {};
    await using slow = await fakeOpenAi(async (answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write('data: {"choices":[]}\n\n');
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      answer.end("data: [DONE]\n\n");
    });
    const yaml = `{ callers: { tokens: [{ name: a, token: ${token} }] }, relay: { all: { allow: [members] } } }`;
    await using streaming = await createTestBroker({ openai: slow.baseUrl, yaml });
    await using before = await start([streaming, streaming]);
    const clients = agentsFor(before);
    for (const version of ["http1", "http2"] as const) {
      const { body } = await request(`${before.url}/v1/chat/completions`, {
        method: "POST",
        dispatcher: clients[version],
        headers,
        body: JSON.stringify({ model: "gpt-5-mini", stream: true, messages: [] }),
      });
      let text = "";
      for await (const piece of body) {
        text += piece;
        // The rest is sent when the first has arrived.
        goOn();
      }
      expect(text).toMatch(/^data: \{"choices":\[\]\}\n\n(data: .*\n\n)*data: \[DONE\]\n\n$/);
    }
    await clients.close();
  });

  it("a large upload passes, and one that is too large is refused by the service", async () => {
    const form = new FormData();
    form.set("purpose", "user_data");
    form.set("file", new Blob([Buffer.alloc(5_000_000)]), "large.bin");
    const { authorization } = headers;
    const upload = { method: "POST" as const, dispatcher: agents.http1 };
    const { statusCode, body } = await request(`${proxy.url}/v1/files`, {
      ...{ ...upload, headers: { authorization }, body: form },
    });
    expect([statusCode, await body.json()]).toMatchObject([200, { bytes: 5_000_000 }]);
    const large = JSON.stringify({ time_zone: "a".repeat(3_000_000) });
    await until("the service's refusal arrives", async () => {
      const refused = await request(`${proxy.url}/current_time`, { ...upload, headers, body: large });
      await refused.body.dump();
      // The connection ends with the refusal: a proxy that is still sending may see that first.
      expect(refused.statusCode).toBeOneOf([413, 502]);
      return refused.headers["content-type"] === "application/problem+json";
    });
  });

  it("a WebSocket opens and answers", async () => {
    const url = `${proxy.url.replace("https", "wss")}/v1/realtime`;
    const socket = new WebSocket(url, { headers, ca: proxy.certificate });
    const [first] = await once(socket, "message");
    expect(JSON.parse(String(first)).type).toBe("session.created");
    socket.close();
    await once(socket, "close");
  });
});
