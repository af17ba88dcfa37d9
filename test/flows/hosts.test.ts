// The examples of applications that have the service in them, run as their users would.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import WebSocket from "ws";
import { start as startExpress } from "../../examples/hosts/express.ts";
import { start as startFastify } from "../../examples/hosts/fastify.ts";
import { start as startHono } from "../../examples/hosts/hono.ts";
import { start as startNode } from "../../examples/hosts/node.ts";
import { exampleIn } from "../support/documentation.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { readSource } from "../support/source.ts";

type Start = (env: NodeJS.ProcessEnv) => Promise<{ server: unknown; close(): Promise<void> }>;

const ada = { cookie: "session=s3ss10n-of-ada" };
const fromOwnPage = { ...ada, "sec-fetch-site": "same-origin" };

const startHost = async (start: Start) => {
  const openai = await emulateOpenAi();
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: openai.baseUrl, DATABASE_URL: "sqlite::memory:" };
  const { server, close } = await start({ ...env, PORT: "0", LOG_LEVEL: "silent", DRAIN_SECONDS: "1" });
  const http = server as Server;
  if (!http.listening) await once(http, "listening");
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      await close();
      http.closeAllConnections();
      http.close();
      await openai[Symbol.asyncDispose]();
    },
  };
};

const hosts: [string, Start][] = [
  ["Express", startExpress],
  ["Fastify", startFastify],
  ["Hono", startHono],
  ["node:http", startNode],
];

describe.each(hosts)("in %s", (_, start) => {
  it("signed-in users get keys and call tools, and others do not", async () => {
    await using host = await startHost(start);
    const key = await fetch(`${host.url}/voice/ephemeral-key`, { headers: fromOwnPage });
    expect([key.status, await key.json()]).toEqual([200, expect.objectContaining({ profile: "default" })]);
    const stranger = await fetch(`${host.url}/voice/ephemeral-key`);
    expect([stranger.status, await stranger.json()]).toEqual([
      401,
      expect.objectContaining({ type: "/voice/problems/credentials-missing" }),
    ]);
    const called = await fetch(`${host.url}/voice/convert_units`, {
      method: "POST",
      headers: { ...fromOwnPage, "content-type": "application/json" },
      body: JSON.stringify({ value: 1, from: "mile", to: "kilometre" }),
    });
    expect([called.status, await called.json()]).toEqual([
      200,
      expect.objectContaining({ result: 1.609344 }),
    ]);
  });

  it("the page and the client module stand below the path", async () => {
    await using host = await startHost(start);
    const page = await fetch(`${host.url}/voice/`);
    const [, script = ""] = /<script[^>]+src="([^"]+)"/.exec(await page.text()) ?? [];
    const loaded = await fetch(new URL(script, `${host.url}/voice/`));
    expect([page.status, loaded.status, loaded.headers.get("content-type")]).toEqual([
      ...[200, 200, "text/javascript; charset=utf-8"],
    ]);
    expect((await fetch(`${host.url}/voice/client.js`)).status).toBe(200);
  });

  it("OpenAI's package streams, and WebSockets open", async () => {
    await using host = await startHost(start);
    const client = new OpenAI({
      ...{
        baseURL: `${host.url}/voice/v1`,
        apiKey: "unused",
        defaultHeaders: { ...fromOwnPage, authorization: null },
      },
    });
    const stream = await client.chat.completions.create({
      ...{ model: "gpt-5.4-mini", messages: [{ role: "user", content: "hello" }], stream: true },
    });
    let text = "";
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
    expect(text).toContain("hello");
    const socket = new WebSocket(
      `${host.url.replace("http", "ws")}/voice/v1/realtime?model=gpt-realtime-2.1`,
      {
        headers: { ...ada, origin: host.url },
      },
    );
    const [first] = await once(socket, "message");
    expect(JSON.parse(String(first))).toMatchObject({ type: "session.created" });
    socket.close();
    await once(socket, "close");
  });

  it("a WebSocket elsewhere is the application's, and another site's page opens none", async () => {
    await using host = await startHost(start);
    const opening = (path: string, origin: string) =>
      once(
        new WebSocket(`${host.url.replace("http", "ws")}${path}`, { headers: { ...ada, origin } }),
        "open",
      ).then(
        () => "open",
        ({ message }: Error) => message,
      );
    expect(await opening("/elsewhere", host.url)).not.toBe("open");
    expect(await opening("/voice/v1/realtime", "https://evil.example")).toContain("401");
    const evil = { headers: { ...ada, origin: "https://evil.example" } };
    const address = `${host.url.replace("http", "ws")}/voice/v1/realtime`;
    const withToken = new WebSocket(address, ["realtime", "openai-insecure-api-key.0123456789"], evil);
    await expect(once(withToken, "open")).rejects.toThrow("401");
  });
});

const files = ["hosts/express.ts", "hosts/fastify.ts", "hosts/node.ts", "hosts/hono.ts", "hosts/session.ts"];

it.each([...files, "nextjs/app/voice/[...path]/route.ts"])("the guide shows examples/%s as it is", (file) => {
  const text = readSource(`examples/${file}`);
  expect(exampleIn("docs/mounting.md", "ts", `<!-- example: examples/${file} -->`)).toBe(text);
  const code = text.split("\n").filter((line) => line !== "" && !/^ *\/\//.test(line));
  expect(code.length).toBeLessThanOrEqual(15);
});
