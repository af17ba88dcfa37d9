// The service as it listens by https itself, without a proxy in front.
import { connect as connectPlain } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { systemTimers } from "../../server/clock.ts";
import { REREAD_MS } from "../../server/net/watched-key-pair.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import {
  createAuthority,
  type IssuedCertificate,
  replaceFiles,
  type TestAuthority,
  trusting,
} from "../support/certificates.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { ALICE } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const stack = new AsyncDisposableStack();
let authority: TestAuthority;
let openai: EmulatedOpenAi;
let broker: TestBroker;
let own: IssuedCertificate;
// Files are read again at once.
const timers = {
  ...systemTimers,
  after: (ms: number, work: () => void) => systemTimers.after(ms === REREAD_MS ? 20 : ms, work),
};
const yaml = `
callers: { guests: loopback, tokens: [{ name: alice, token: ${ALICE} }] }
metrics: { allow: [token:alice] }`;

beforeAll(async () => {
  authority = stack.use(createAuthority());
  stack.use(trusting(authority));
  openai = stack.use(await emulateOpenAi());
  own = authority.issue(["127.0.0.1", "localhost"], 30);
  const env = {
    TLS_CERTIFICATE_FILE: own.certificateFile,
    TLS_KEY_FILE: own.keyFile,
    HEADER_TIMEOUT_SECONDS: "1",
    REQUEST_TIMEOUT_SECONDS: "1",
  };
  broker = stack.use(await createTestBroker({ openai: openai.baseUrl, yaml, env, timers }));
});
afterAll(() => stack.disposeAsync());

const portOf = ({ url }: TestBroker) => Number(new URL(url).port);
const dial = (options: object = {}): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port: portOf(broker), host: "127.0.0.1", ...options }, () => resolve(socket));
    socket.on("error", reject);
  });

describe("requests", () => {
  it("are answered, and browsers are told to come by https from now on", async () => {
    expect(broker.url).toMatch(/^https:/);
    const answer = await broker.fetch("/ephemeral-key");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("strict-transport-security")).toBe("max-age=63072000");
    expect((await broker.fetch("/readyz")).status).toBe(200);
  });

  it("of the local user's page count as the local user's", async () => {
    const from = (origin: string) => broker.fetch("/ephemeral-key", { headers: { origin } });
    expect((await from(new URL(broker.url).origin)).status).toBe(200);
    expect((await from("https://localhost:1")).status).toBe(401);
  });

  it("become WebSockets", async () => {
    const socket = new WebSocket(`${broker.url.replace("https", "wss")}/v1/realtime`);
    const type = await new Promise((resolve, reject) => {
      socket.once("message", (data) => resolve(JSON.parse(String(data)).type));
      socket.once("error", reject);
    });
    socket.close();
    expect(type).toBe("session.created");
  });

  it("are HTTP/1.1, over TLS 1.2 or newer", async () => {
    const socket = await dial({ ALPNProtocols: ["h2", "http/1.1"] });
    expect([socket.alpnProtocol, socket.getProtocol()]).toEqual(["http/1.1", "TLSv1.3"]);
    socket.destroy();
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    await expect(dial(old)).rejects.toThrow(/alert|version/i);
  });
});

const ended = async (socket: TLSSocket | ReturnType<typeof connectPlain>): Promise<string> => {
  let text = "";
  socket.on("data", (chunk) => (text += String(chunk)));
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
};

describe("what is too slow, or speaks something else", () => {
  it("plain HTTP is cut off", async () => {
    const socket = connectPlain(portOf(broker), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    expect(await ended(socket)).not.toContain("200");
  });

  it("a handshake that is not completed is cut off", async () => {
    const began = performance.now();
    await ended(connectPlain(portOf(broker), "127.0.0.1"));
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it("a body that does not arrive is refused", async () => {
    const socket = await dial();
    const head = `POST /ephemeral-key HTTP/1.1\r\nhost: localhost:${portOf(broker)}\r\ncontent-type: application/json\r\n`;
    socket.write(`${head}content-length: 100\r\n\r\n{`);
    expect(await ended(socket)).toContain("408");
  });

  it("malformed HTTP is refused as over plain connections", async () => {
    const socket = await dial();
    socket.write("HELLO\r\n\r\n");
    expect(await ended(socket)).toContain("request-malformed");
  });
});

const serialOf = async (): Promise<string> => {
  const socket = await dial();
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
};

describe("the certificate", () => {
  it("is renewed without a restart, and open connections go on", async () => {
    const before = await serialOf();
    const open = await dial();
    replaceFiles(own, authority.issue(["127.0.0.1", "localhost"]));
    await until("it is used", async () => (await serialOf()) !== before);
    open.write("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    expect(await ended(open)).toContain("200 OK");
    expect(broker.logs).toContainEqual(
      expect.objectContaining({ msg: "tls-certificate-renewed", use: "listener", file: own.certificateFile }),
    );
  });

  it("tells its end in the metrics, and whether it is the one in the files", async () => {
    const headers = { authorization: `Bearer ${ALICE}` };
    const metrics = async () => (await broker.fetch("/metrics", { headers })).text();
    expect(await metrics()).toMatch(
      /broker_tls_certificate_expires_timestamp_seconds\{use="listener"\} 1\.?\d{9}/,
    );
    expect(await metrics()).toContain('broker_tls_certificate_current{use="listener"} 1');
    replaceFiles(own, { ...own, certificateFile: authority.file });
    await until("it is told", async () =>
      (await metrics()).includes('broker_tls_certificate_current{use="listener"} 0'),
    );
    expect((await broker.fetch("/healthz")).status).toBe(200);
  });
});
