// What an application may rely on that has the service in it.
import { once } from "node:events";
import express from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { type Broker, createBroker } from "../../server/broker.ts";
import { alice, serveHost, startMounted } from "../support/mounted.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";

let openai: EmulatedOpenAi;
beforeAll(async () => {
  openai = await emulateOpenAi();
});
afterAll(() => openai[Symbol.asyncDispose]());

type Rest = Parameters<typeof startMounted> extends [unknown, ...infer More] ? More : never;
const start = (...rest: Rest) => startMounted(openai, ...rest);
const serve = serveHost;

describe("the start", () => {
  it("rejects with one error that lists all mistakes", async () => {
    const config = { settings: { port: -1, bas_path: "/" }, callers: { guests: "all" } } as never;
    await expect(createBroker(config)).rejects.toThrow(
      /3 problems:\n {2}- callers\.guests: .*\n {2}- settings\.bas_path: there is no such setting.*\n {2}- settings\.port: /,
    );
  });

  it("reads no environment but the one that is handed in", async () => {
    await expect(createBroker({ callers: { guests: "loopback" } })).rejects.toThrow(
      /OPENAI_API_KEY: is not set/,
    );
    const env = { KEY: "sk-other", DATABASE_URL: "sqlite::memory:", LOG_LEVEL: "silent" };
    const config = { settings: { openai_api_key: `\${KEY}` }, callers: { guests: "loopback" } } as const;
    await (await createBroker(config, { env })).close();
  });

  it("says which file is not there", async () => {
    await expect(createBroker("./no-such.yaml")).rejects.toThrow(/there is no file \.\/no-such\.yaml/);
  });

  it("wants a way to authenticate callers, unless the application hands its users over", async () => {
    await expect(start({ callers: {} })).rejects.toThrow(/nobody could call this service/);
    await using broker = await start({ callers: {} }, { authenticate: () => undefined });
    expect((await broker.fetch(new Request("http://app/tools"))).status).toBe(401);
  });

  it("wants a function to authenticate with", async () => {
    await expect(start({}, { authenticate: "session" as never })).rejects.toThrow(
      "authenticate: must be a function",
    );
  });

  it("goes on with a log that throws", async () => {
    const write = () => {
      throw new Error("the log is full");
    };
    await using broker = await start({ callers: { guests: "anyone" } }, { log: { write } });
    await using app = await serve(broker.listener);
    expect((await fetch(`${app.url}/ephemeral-key`)).status).toBe(200);
    expect((await fetch(`${app.url}/%zz`)).status).toBe(404);
  });

  it("leaves the application's Request and Response as they are", async () => {
    const before = [globalThis.Request, globalThis.Response];
    await using broker = await start();
    await broker.fetch(new Request("http://app/healthz"));
    expect([globalThis.Request, globalThis.Response]).toEqual(before);
  });
});

describe("in a server of Node's", () => {
  it("works below Express' path without any setting", async () => {
    await using broker = await start();
    await using app = await serve(express().use("/apps/voice", broker.listener));
    const refused = await fetch(`${app.url}/apps/voice/tools`);
    expect(await refused.json()).toMatchObject({ type: "/apps/voice/problems/credentials-missing" });
    const bare = await fetch(`${app.url}/apps/voice`, { redirect: "manual" });
    expect([bare.status, bare.headers.get("location")]).toEqual([308, "/apps/voice/"]);
    expect((await fetch(`${app.url}/apps/voice/ephemeral-key`, { headers: alice })).status).toBe(200);
  });

  it("hands on what is not below the base path", async () => {
    await using broker = await start({ settings: { base_path: "/voice" } });
    const own = express()
      .use(broker.listener)
      .get("/about", (_, response) => void response.send("about us"));
    await using app = await serve(own);
    expect(await (await fetch(`${app.url}/about`)).text()).toBe("about us");
    expect((await fetch(`${app.url}/voice/tools`)).status).toBe(401);
  });

  it("says in the log why a body cannot be read that a parser has read", async () => {
    await using broker = await start();
    await using app = await serve(express().use(express.json()).use("/voice", broker.listener));
    const headers = { ...alice, "content-type": "application/json" };
    const answer = await fetch(`${app.url}/voice/current_time`, { method: "POST", headers, body: "{}" });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(broker.lines)).toContain("mount the service before express.json()");
  });

  it("keeps the application's own header fields, and sets those of the service", async () => {
    await using broker = await start();
    const app = express().use((_, response, next) => {
      response.setHeader("x-app", "1").setHeader("x-frame-options", "SAMEORIGIN");
      next();
    });
    await using served = await serve(app.use(broker.listener));
    const { headers } = await fetch(`${served.url}/healthz`);
    expect([headers.get("x-app"), headers.get("x-frame-options")]).toEqual(["1", "DENY"]);
    expect(headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
  });

  it("counts by the address of the connection, and believes trusted proxies only", async () => {
    const limits = { address: "1 per hour" };
    await using wary = await start({ limits });
    await using trusting = await start({ limits, settings: { trusted_proxies: "127.0.0.1" } });
    const statuses = async (broker: Broker) => {
      await using app = await serve(broker.listener);
      const ask = async (client: string) =>
        (await fetch(`${app.url}/problems`, { headers: { "x-forwarded-for": client } })).status;
      return [await ask("203.0.113.1"), await ask("203.0.113.2")];
    };
    expect([await statuses(wary), await statuses(trusting)]).toEqual([
      [200, 429],
      [200, 200],
    ]);
  });

  it("ends a body that does not arrive, and leaves the application's connections alone", async () => {
    await using broker = await start({ settings: { request_timeout_seconds: 1 } });
    await using app = await serve((request, response) =>
      request.url === "/own"
        ? void request.on("end", () => response.end("own")).resume()
        : broker.listener(request, response),
    );
    const slowly = (path: string) => {
      const body = new ReadableStream({
        start: (controller) => {
          controller.enqueue(new TextEncoder().encode("{"));
          setTimeout(() => controller.close(), 2500);
        },
      });
      const init = {
        method: "POST",
        headers: { ...alice, "content-type": "application/json" },
        body,
        duplex: "half",
      };
      return fetch(app.url + path, init as RequestInit).then(
        ({ status }) => status,
        () => "ended",
      );
    };
    expect(await Promise.all([slowly("/own"), slowly("/current_time")])).toEqual([200, 408]);
  });
});

describe("closing", () => {
  it("refuses new work, and lets what is in flight end", async () => {
    await using broker = await start();
    await using app = await serve(broker.listener);
    await openai.failMint({ delay_ms: 300, times: 1 });
    const slow = fetch(`${app.url}/ephemeral-key`, { headers: alice });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = broker.close();
    const late = await fetch(`${app.url}/ephemeral-key`, { headers: alice });
    expect([late.status, (await slow).status]).toEqual([503, 200]);
    await closed;
    expect(app.server.listening).toBe(true);
  });

  it("cuts WebSockets off that are still open", async () => {
    await using broker = await start();
    await using app = await serve(broker.listener);
    app.server.on("upgrade", broker.upgrade);
    const socket = new WebSocket(`${app.url.replace("http", "ws")}/v1/realtime?model=gpt-realtime-2.1`, {
      headers: alice,
    });
    await once(socket, "message");
    const closed = once(socket, "close");
    await broker.close();
    await closed;
  });
});
