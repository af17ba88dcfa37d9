// A service below a path: behind nginx and Vite's development server, which leave the path or take it off.
import { once } from "node:events";
import { createServer as createVite } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { configOf, problemsOf } from "../support/configuration.ts";
import { exampleIn } from "../support/documentation.ts";
import { startNginx } from "../support/nginx.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { sendRaw } from "../support/raw-request.ts";
import { freePort } from "../support/wait.ts";

const token = "alice-0123456789";
const authorization = `Bearer ${token}`;
const yaml = `callers: { tokens: [{ name: alice, token: ${token} }] }`;

let openai: EmulatedOpenAi;
let broker: TestBroker;
beforeAll(async () => {
  openai = await emulateOpenAi();
  broker = await createTestBroker({ openai: openai.baseUrl, yaml, env: { BASE_PATH: "/voice" } });
});
afterAll(async () => {
  await broker.stop();
  await openai[Symbol.asyncDispose]();
});

const nginx = (name: string) =>
  startNginx(
    exampleIn("docs/mounting.md", "nginx", `<!-- example: ${name} -->`),
    new URL(broker.url).origin,
    "/voice/healthz",
  );

const vite = async (takesOff: boolean) => {
  const target = new URL(broker.url).origin;
  const rewrite = (path: string) => path.replace(/^\/voice/, "");
  const server = await createVite({
    configFile: false,
    logLevel: "silent",
    root: new URL("../browser/pages/client-raw", import.meta.url).pathname,
    server: {
      ...{ port: await freePort(), host: "127.0.0.1", strictPort: true },
      proxy: { "/voice": { target, ws: true, ...(takesOff && { rewrite }) } },
    },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? "";
  return { url, [Symbol.asyncDispose]: () => server.close() };
};

describe.each([
  ["nothing", async () => ({ url: new URL(broker.url).origin, [Symbol.asyncDispose]: async () => {} })],
  ["nginx, which leaves the path", () => nginx("nginx leaves the path")],
  ["nginx, which takes the path off", () => nginx("nginx takes the path off")],
  ["Vite, which leaves the path", () => vite(false)],
  ["Vite, which takes the path off", () => vite(true)],
])("behind %s", (_, start) => {
  it("everything that the service names is below the path", async () => {
    await using front = await start();
    const headers = { authorization };
    const refused = await fetch(`${front.url}/voice/tools`);
    const { type } = (await refused.json()) as { type: string };
    expect([refused.status, type]).toEqual([401, "/voice/problems/credentials-missing"]);
    const explained = await fetch(new URL(type, front.url));
    expect([explained.status, await explained.text()]).toEqual([
      ...[200, expect.stringContaining('<a href="/voice/problems">')],
    ]);
    const described = await fetch(`${front.url}/voice/openapi.json`, { headers });
    expect(await described.json()).toMatchObject({ servers: [{ url: "/voice" }] });
    expect((await fetch(`${front.url}/voice/ephemeral-key`, { headers })).status).toBe(200);
  });

  it("the page's files are found from its address", async () => {
    await using front = await start();
    const page = await fetch(`${front.url}/voice/`);
    const [, script = ""] = /<script[^>]+src="([^"]+)"/.exec(await page.text()) ?? [];
    const loaded = await fetch(new URL(script, page.url));
    expect([page.status, loaded.status]).toEqual([200, 200]);
    expect(new URL(script, page.url).pathname).toMatch(/^\/voice\/assets\//);
  });

  it("a WebSocket opens", async () => {
    await using front = await start();
    const address = `${front.url.replace("http", "ws")}/voice/v1/realtime?model=gpt-realtime-2.1`;
    const socket = new WebSocket(address, { headers: { authorization } });
    const [first] = await once(socket, "message");
    expect(JSON.parse(String(first))).toMatchObject({ type: "session.created" });
    socket.close();
    await once(socket, "close");
  });
});

it("/voice leads to /voice/, with its query", async () => {
  for (const [path, location] of [
    ["/voice", "/voice/"],
    ["/voice?profile=a", "/voice/?profile=a"],
  ] as const) {
    const answer = await fetch(new URL(path, broker.url), { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([308, location]);
  }
});

it("the log has the service's own paths", async () => {
  await fetch(`${broker.url}/tools`);
  expect(broker.logs.at(-1)).toMatchObject({ msg: "request", route: "/tools", status: 401 });
});

it.each([
  ["/voice//tools", 404],
  ["/voice%2ftools", 401],
  ["//voice/tools", 404],
  ["/voices/tools", 404],
  ["/voice/%2e%2e/tools", 401],
  ["/voice/voice/tools", 404],
  ["http://elsewhere.example/voice/tools", 401],
])("%s is answered %d, and leads nowhere else", async (path, status) => {
  const answer = await sendRaw(broker.url, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  expect(Number(answer.split(" ")[1])).toBe(status);
  expect(answer).not.toMatch(/^location:/im);
});

it("what is no path stops the start", () => {
  const problems = problemsOf(() => configOf(yaml, { BASE_PATH: "voice", OPENAI_API_KEY: "sk-test" }));
  expect(problems).toEqual([expect.stringMatching(/^BASE_PATH: must be \/ or a path such as \/voice/)]);
});

it.each(["/tools", "/v1/voice", "/current_time"])(
  "%s, an address of the service, stops the start",
  async (path) => {
    const start = createTestBroker({ openai: openai.baseUrl, yaml, env: { BASE_PATH: path } });
    await expect(start).rejects.toMatchObject({
      problems: [expect.stringMatching(/^BASE_PATH: .* is an address/)],
    });
  },
);
