// Requests to make a WebSocket of a connection, in every form: none of them harms the service.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServiceProcess, startProcess } from "../support/process.ts";
import { openRaw } from "../support/raw-connection.ts";
import { ALICE } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const yaml = `
callers: { tokens: [{ name: alice, token: ${ALICE} }] }
limits: { address: none, mints: { caller: none } }
relay: { all: { allow: [everyone], paths: [/v1/*] } }
`;
const upgrade = "connection: upgrade\r\nupgrade: websocket\r\n";
const key = "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const asking = (path: string, more = "") =>
  `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${upgrade}${key}authorization: Bearer ${ALICE}\r\n${more}\r\n`;
const health = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
const sends =
  (text: string, body = "") =>
  (path: string) =>
    asking(path, text) + body;

describe("a request to upgrade", () => {
  let service: ServiceProcess;
  let url: string;
  beforeAll(async () => {
    service = startProcess(
      {
        OPENAI_API_KEY: "sk-test",
        OPENAI_BASE_URL: "http://127.0.0.1:9/v1",
        DATABASE_URL: "sqlite::memory:",
      },
      yaml,
    );
    url = await service.listening();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it.each<[form: string, request: (path: string) => string]>([
    ["with a body", sends("content-length: 1\r\n", "a")],
    ["with a body that never comes", sends("content-length: 1\r\n")],
    ["with a chunked body", sends("transfer-encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n")],
    ["with a chunked body that never ends", sends("transfer-encoding: chunked\r\n", "1\r\na\r\n")],
    ["with a body of no length", sends("content-length: 00\r\n")],
    ["with a body that waits to be asked for", sends("content-length: 1\r\nexpect: 100-continue\r\n")],
    ["with an empty body and an expectation", sends("content-length: 0\r\nexpect: 100-continue\r\n")],
    ["behind another request", (path) => health + asking(path)],
    [
      "behind another that takes longer",
      (path) => asking("/ephemeral-key").replace(upgrade, "") + asking(path),
    ],
    ["twice", (path) => asking(path) + asking(path)],
    ["before another request", (path) => asking(path) + health],
    ["in HTTP/1.0", (path) => asking(path).replace("HTTP/1.1", "HTTP/1.0")],
    ["without a host", (path) => asking(path).replace("host: localhost\r\n", "")],
    ["with another method", (path) => asking(path, "content-length: 0\r\n").replace("GET", "POST")],
    ["to several protocols", (path) => asking(path).replace("websocket", "h2c, websocket")],
    ["with its header twice", (path) => asking(path, upgrade)],
    ["of a connection that ends right away", (path) => asking(path)],
  ])("%s harms nobody, and is answered or closed", async (_, request) => {
    for (const path of ["/v1/realtime", "/healthz", "/v1/models", "/%", "*", "//"]) {
      const connection = await openRaw(url);
      connection.write(request(path));
      await until("it is answered or closed", async () => {
        return (
          /^HTTP\/1\.1 \d{3} /.test(connection.received) ||
          (await Promise.race([connection.closed, false])) !== false
        );
      });
      expect(connection.received).not.toMatch(/^HTTP\/1\.1 (?:101|500) /m);
      connection.reset();
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(service.output).not.toContain('"internal"');
  });
});
