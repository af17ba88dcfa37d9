// An application's own users, whom it hands over to the service in it.
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { serveHost, startMounted } from "../support/mounted.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { until } from "../support/wait.ts";

let openai: EmulatedOpenAi;
beforeAll(async () => {
  openai = await emulateOpenAi();
});
afterAll(() => openai[Symbol.asyncDispose]());

type Rest = Parameters<typeof startMounted> extends [unknown, ...infer More] ? More : never;
const start = (...rest: Rest) => startMounted(openai, ...rest);
const serve = serveHost;

describe("the application's users", () => {
  it("have limits of their own, and share none with a token of the same name", async () => {
    const tokens = { tokens: [{ name: "ada", token: "ada-0123456789abcdef" }] };
    const authenticate = () => ({ name: "ada", limits: { mints: "1 per hour" } });
    await using broker = await start({ callers: tokens }, { authenticate });
    const mint = async (headers: Record<string, string> = {}) =>
      (await broker.fetch(new Request("http://127.0.0.1/ephemeral-key", { headers }))).status;
    expect([await mint(), await mint()]).toEqual([200, 429]);
    expect(broker.lines.at(-1)).toMatchObject({ caller: "host:ada", problem: "limit-exceeded" });
  });

  it("may use the profiles that admit them", async () => {
    const session = { type: "realtime", model: "gpt-realtime-2.1" } as const;
    const profiles = { default: { session }, staff: { session, allow: ["host:ada" as const] } };
    const authenticate = ({ headers }: Request) => ({ name: headers.get("x-user") ?? "eve" });
    await using broker = await start({ profiles }, { authenticate });
    const mint = async (user: string) =>
      (
        await broker.fetch(
          new Request("http://a/ephemeral-key?profile=staff", { headers: { "x-user": user } }),
        )
      ).status;
    expect([await mint("ada"), await mint("eve")]).toEqual([200, 403]);
  });

  it("may call from pages of the origins that are allowed, whose browsers send the session along", async () => {
    const cors = { origins: ["https://shop.example"] };
    await using broker = await start({ cors }, { authenticate: () => ({ name: "ada" }) });
    const credentials = async (origin: string, method: string) => {
      const asked = { "access-control-request-method": "POST" };
      const headers = { origin, cookie: "session=1", ...(method === "OPTIONS" && asked) };
      const answer = await broker.fetch(new Request("http://a/ephemeral-key", { method, headers }));
      return [answer.status, answer.headers.get("access-control-allow-credentials")];
    };
    expect(await credentials("https://shop.example", "OPTIONS")).toEqual([204, "true"]);
    expect(await credentials("https://shop.example", "POST")).toEqual([200, "true"]);
    expect(await credentials("https://evil.example", "POST")).toEqual([401, null]);
  });

  it("are refused where the application cannot say who they are, and the log says why", async () => {
    const authenticate = () => Promise.reject(new Error("sessions are down"));
    await using broker = await start({ callers: { guests: "anyone" } }, { authenticate });
    const answer = await broker.fetch(new Request("http://127.0.0.1/tools"));
    expect([answer.status, await answer.text()]).toEqual([503, expect.not.stringContaining("sessions")]);
    expect(broker.lines.at(-1)).toMatchObject({ cause: { message: "sessions are down" } });
  });

  it("are cut off when their session ends", async () => {
    const authenticate = () => ({ name: "ada", endsAt: Date.now() + 700 });
    await using broker = await start({}, { authenticate });
    await using app = await serve(broker.listener);
    app.server.on("upgrade", broker.upgrade);
    const socket = new WebSocket(`${app.url.replace("http", "ws")}/v1/realtime?model=gpt-realtime-2.1`);
    await once(socket, "message");
    await once(socket, "close");
    await until("it is in the log", () => broker.lines.at(-1)?.cut_off === "the token has expired");
  });
});
