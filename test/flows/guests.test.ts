// Who is a guest: visitors of the service's own pages, and this machine's user with the token that the start prints.
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { startNginx } from "../support/nginx.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { type ServiceProcess, startProcess } from "../support/process.ts";
import { until } from "../support/wait.ts";

const app = "https://app.example.com";
const key = { OPENAI_API_KEY: "sk-operator-0123456789abcdef" };

let openai: EmulatedOpenAi;
beforeAll(async () => {
  openai = await emulateOpenAi();
});
afterAll(() => openai[Symbol.asyncDispose]());

type Headers = Record<string, string>;

/** The status of a request with headers that fetch would not let us set. `HOST` in a header is the service's own. */
const statusOf = (url: string, method: string, path: string, headers: Headers): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const filled = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace("HOST", new URL(url).host),
    ]);
    const asked = request(new URL(path, url), { method, headers: Object.fromEntries(filled) }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once("error", reject).end();
  });

/** 101, or the status of the refusal. */
const openSocket = (url: string, headers: Headers, protocols: string[] = []): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/realtime`, protocols, { headers });
    socket.once("unexpected-response", (_, { statusCode = 0 }) => resolve(statusCode));
    socket.once("open", () => {
      socket.close();
      resolve(101);
    });
    socket.once("error", reject);
  });

describe("guests from anywhere", () => {
  const yaml = `{ callers: { guests: anyone }, cors: { origins: ["${app}"] }, limits: { address: none, mints: { guest: none, guests: none } } }`;
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await createTestBroker({ openai: openai.baseUrl, yaml });
  });
  afterAll(() => broker.stop());

  it.each([
    ["a program", {}, true],
    ["the service's own page", { origin: "http://HOST", "sec-fetch-site": "same-origin" }, true],
    [
      "the own page behind a proxy that ends TLS",
      { host: "voice.example.com", origin: "https://voice.example.com" },
      true,
    ],
    ["a page of a configured origin", { origin: app, "sec-fetch-site": "cross-site" }, true],
    ["a user who typed the address", { "sec-fetch-site": "none" }, true],
    ["a foreign page", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }, false],
    ["a foreign page of an older browser", { origin: "https://evil.example" }, false],
    ["a foreign page's image", { "sec-fetch-site": "cross-site" }, false],
    ["a neighbour's image", { "sec-fetch-site": "same-site" }, false],
    ["a sandboxed page", { origin: "null" }, false],
    ["a page of another port", { origin: "http://127.0.0.1:1" }, false],
    ["a page whose name was rebound", { host: "evil.example", origin: "http://evil.example" }, false],
    ["an origin beside the own one", { origin: "http://HOST, https://evil.example" }, false],
  ] satisfies [string, Headers, boolean][])("%s", async (_, headers, isGuest) => {
    const statuses = await Promise.all([
      statusOf(broker.url, "GET", "/ephemeral-key", headers),
      statusOf(broker.url, "POST", "/v1/realtime/client_secrets", { ...headers, "content-length": "0" }),
      statusOf(broker.url, "GET", "/convert_units?value=1&from=mile&to=metre", headers),
      openSocket(
        broker.url,
        Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [
            name,
            value.replace("HOST", new URL(broker.url).host),
          ]),
        ),
      ),
    ]);
    expect(statuses.map((status) => status !== 401)).toEqual([isGuest, isGuest, isGuest, isGuest]);
    if (!isGuest) {
      const refused = broker.logs.findLast(({ problem }) => problem === "credentials-missing");
      expect(refused?.cause).toMatchObject({ message: expect.stringContaining("cors.origins") });
    }
  });

  it("a foreign page cannot use a solved challenge either", async () => {
    const challenging = yaml.replace("guests: anyone", "guests: anyone, challenge: {}");
    await using own = await createTestBroker({ openai: openai.baseUrl, yaml: challenging });
    const foreign = { origin: "https://evil.example", authorization: "Altcha e30=" };
    expect(await statusOf(own.url, "GET", "/tools", foreign)).toBe(401);
    expect(own.logs.at(-1)).toMatchObject({ problem: "credentials-missing" });
  });

  it("a caller with a token comes from whatever page", async () => {
    const withToken = yaml.replace(
      "guests: anyone",
      "guests: anyone, tokens: [{ name: a, token: a-0123456789abcdef }]",
    );
    await using own = await createTestBroker({ openai: openai.baseUrl, yaml: withToken });
    const headers = { origin: "https://other.example", authorization: "Bearer a-0123456789abcdef" };
    expect(await statusOf(own.url, "GET", "/tools", headers)).toBe(200);
  });
});

describe("guests from this machine, under `npm start`", () => {
  const yaml = "callers: { guests: loopback }";
  let service: ServiceProcess;
  let url: string;
  let token: string;
  beforeAll(async () => {
    service = startProcess({ ...key, OPENAI_BASE_URL: openai.baseUrl }, yaml);
    url = await service.listening();
    await until("the token is printed", () => service.output.includes("#token="));
    token = /#token=([\w-]+)/.exec(service.output)?.[1] ?? "";
  });
  afterAll(() => service[Symbol.asyncDispose]());

  // The log is written in batches.
  const logged = (text: string) => until(`the log says ${text}`, () => service.output.includes(text));
  const bearer = (text: string): Headers => ({ authorization: `Bearer ${text}` });
  const tools = (headers: Headers, at = url) => statusOf(at, "GET", "/tools", headers);

  it("get in with the token of the address that the start prints", async () => {
    expect(service.output).toContain(`Open ${url}/#token=${token}`);
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect(await tools(bearer(token))).toBe(200);
    expect(await openSocket(url, {}, ["realtime", `openai-insecure-api-key.${token}`])).toBe(101);
    await logged('"caller":"guest"');
  });

  it("do not get in without it, or with another", async () => {
    expect([await tools({}), await tools(bearer(`${token}x`)), await tools(bearer("A".repeat(32)))]).toEqual([
      401, 401, 401,
    ]);
    expect(await openSocket(url, {})).toBe(401);
    await logged("local guests show the token that the start printed");
  });

  it("do not get in with it from elsewhere, or from a foreign page", async () => {
    const from = (more: Headers) => tools({ ...bearer(token), ...more });
    expect(await from({ host: "evil.example" })).toBe(401);
    expect(await from({ origin: "https://evil.example" })).toBe(401);
    expect(await from({ "x-forwarded-for": "203.0.113.9" })).toBe(401);
    await logged("the token of local guests came from elsewhere");
  });

  it.each(["1.0", "1.1"])(
    "nobody is one by way of nginx, which names no client, in HTTP/%s",
    async (version) => {
      const location = `location / { proxy_pass ${url}; proxy_http_version ${version}; }`;
      await using nginx = await startNginx(location, url);
      expect(await tools({}, nginx.url)).toBe(401);
      expect(await statusOf(nginx.url, "GET", "/ephemeral-key", {})).toBe(401);
    },
  );

  it("the token stands in no line of the log", async () => {
    await tools(bearer(token));
    await statusOf(url, "GET", `/${token}`, bearer(token));
    await statusOf(url, "GET", `/tools?token=${token}`, {});
    const lines = () => service.output.split("\n").filter((line) => line.startsWith("{"));
    await logged("credentials-in-query");
    expect(lines().join()).not.toContain(token);
  });

  it("each start has another token", async () => {
    await using other = startProcess({ ...key, OPENAI_BASE_URL: openai.baseUrl }, yaml);
    const otherUrl = await other.listening();
    await until("the token is printed", () => other.output.includes("#token="));
    expect(other.output).not.toContain(token);
    expect(await tools(bearer(token), otherUrl)).toBe(401);
  });

  it("no token is printed where no local guests are let in", async () => {
    await using other = startProcess(
      key,
      "callers: { guests: none, tokens: [{ name: a, token: a-0123456789abcdef }] }",
    );
    await other.listening();
    other.signal("SIGTERM");
    await other.exited;
    expect(other.output).not.toContain("#token=");
  });
});

it("the demo lets in local guests without a token, and says that no proxy may stand in front", async () => {
  await using demo = startProcess({}, undefined, ["--demo"]);
  const url = await demo.listening();
  expect(await statusOf(url, "GET", "/tools", {})).toBe(200);
  expect(demo.output).toMatch(/^Guests from this machine .* put no proxy in front/);
  expect(demo.output).not.toContain("/#token=");
});
