// Servers that ask for a client certificate, or offer HTTP/2.
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { createAuthority, type TestAuthority, trusting } from "../support/certificates.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { startTlsFront } from "../support/tls-front.ts";

const stack = new AsyncDisposableStack();
let authority: TestAuthority;
let openai: EmulatedOpenAi;
beforeAll(async () => {
  authority = stack.use(createAuthority());
  stack.use(trusting(authority));
  openai = stack.use(await emulateOpenAi());
});
afterAll(() => stack.disposeAsync());

const openSocket = async (broker: TestBroker): Promise<string> => {
  const socket = new WebSocket(`${broker.url.replace("http", "ws")}/v1/realtime`);
  try {
    return await new Promise((resolve, reject) => {
      socket.once("message", (data) => resolve(JSON.parse(String(data)).type));
      socket.once("error", reject);
    });
  } finally {
    socket.close();
  }
};

describe("a client certificate", () => {
  const brokerWith = async (port: number, files?: { certificateFile: string; keyFile: string }) =>
    createTestBroker({
      openai: `https://localhost:${port}/v1`,
      yaml: `
callers: { guests: loopback }
${files ? `client_certificates: [{ origin: "https://localhost:${port}", certificate_file: ${files.certificateFile}, key_file: ${files.keyFile} }]` : ""}`,
    });

  it("is presented to the server that it is for: with mints, WebSockets and probes", async () => {
    const clients = authority.issue(["the-broker"]);
    await using front = await startTlsFront(openai.baseUrl, authority.issue(["localhost"]), authority);
    await using broker = await brokerWith(front.port, clients);
    expect((await broker.fetch("/ephemeral-key")).status).toBe(200);
    expect(await openSocket(broker)).toBe("session.created");
    expect(new Set(front.clients)).toEqual(new Set(["the-broker"]));
  });

  it("is not presented where none is configured, and then OpenAI cannot be reached", async () => {
    await using front = await startTlsFront(openai.baseUrl, authority.issue(["localhost"]), authority);
    await using broker = await brokerWith(front.port);
    expect((await broker.fetch("/ephemeral-key")).status).toBe(502);
    expect(front.clients).toEqual([]);
  });

  it("that cannot be used stops the start, with all files that cannot be", async () => {
    const { certificateFile } = authority.issue(["the-broker"]);
    const env = { TLS_CA_FILE: "/nowhere/ca.pem", TLS_KEY_FILE: "/nowhere/tls.key" };
    const yaml = `
callers: { guests: loopback }
client_certificates: [{ origin: "https://a.test", certificate_file: "${certificateFile}", key_file: "${authority.file}" }]`;
    await expect(createTestBroker({ openai: openai.baseUrl, env, yaml })).rejects.toMatchObject({
      problems: [
        "TLS_CA_FILE: /nowhere/ca.pem is not there",
        expect.stringMatching(/^client_certificates\[0\]: the key: it holds no private key in PEM/),
        "TLS_CERTIFICATE_FILE: is not set, and TLS_KEY_FILE is; https takes both",
      ],
    });
  });
});

it("WebSockets open at a server that offers HTTP/2, as OpenAI's does", async () => {
  const { certificate: cert, key } = authority.issue(["localhost"]);
  const server = createSecureServer({ cert, key, allowHTTP1: true });
  const versions: string[] = [];
  server.on("request", async (request, response) => {
    versions.push(request.httpVersion);
    const answer = await fetch(`${openai.baseUrl}/realtime/client_secrets`, {
      method: "POST",
      headers: { authorization: "Bearer sk-1", "content-type": "application/json" },
      body: Buffer.concat(await request.toArray()),
    });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  server.on("upgrade", (request, socket) => {
    versions.push(request.httpVersion);
    socket.end("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await using broker = await createTestBroker({
    openai: `https://localhost:${(server.address() as AddressInfo).port}/v1`,
  });
  await openSocket(broker).catch(() => {});
  expect(versions).toEqual(["1.1", "1.1"]);
  server.close();
});
