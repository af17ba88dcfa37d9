// Concurrency limits over real sockets: requests and WebSockets of one caller at the same time.
import { once } from "node:events";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { startBackend } from "../support/backend.ts";
import { createTestBroker } from "../support/broker.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { problemIn } from "../support/problem.ts";
import { until } from "../support/wait.ts";

const tokens = ["alice", "bob"].map((name) => `{ name: ${name}, token: ${name}-0123456789abcdef }`);
const callers = `callers: { tokens: [${tokens.join(", ")}] }`;
const session = "session: { type: realtime, model: gpt-realtime }";
const as = (name: string) => ({ headers: { authorization: `Bearer ${name}-0123456789abcdef` } });

it("limits the requests of one caller that run at once, and lets others go on", async () => {
  const held = Promise.withResolvers<void>();
  await using backend = await startBackend((response) => void held.promise.then(() => response.end("late")));
  await using service = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    yaml: `${callers}
limits: { in_flight: { caller: 2 } }
profiles: { default: { ${session}, tools: [slow, current_time] } }
tools: { slow: { description: Takes its time., request: { url: "${backend.url}/" } } }`,
  });
  const time = "/current_time?time_zone=UTC";
  const first = [service.fetch("/slow", as("alice")), service.fetch("/slow", as("alice"))];
  await until("both calls wait", () => backend.requests.length === 2);
  const refused = await service.fetch(time, as("alice"));
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(refused.headers.get("ratelimit")).toContain('"in-flight-caller";r=0');
  expect(refused.headers.get("ratelimit-policy")).toContain(
    '"in-flight-caller";q=2;qu="concurrent-requests"',
  );
  expect(await problemIn(refused)).toMatchObject({ "violated-policies": ["in-flight-caller"] });
  expect((await service.fetch(time, as("bob"))).status).toBe(200);
  held.resolve();
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await service.fetch(time, as("alice"))).status).toBe(200);
});

it("makes room when a caller leaves before the answer", async () => {
  await using backend = await startBackend(() => {});
  await using service = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    yaml: `${callers}
limits: { in_flight: { caller: 1 } }
profiles: { default: { ${session}, tools: [slow, current_time] } }
tools: { slow: { description: Takes its time., request: { url: "${backend.url}/" } } }`,
  });
  const leaving = new AbortController();
  const left = fetch(`${service.url}/slow`, { ...as("alice"), signal: leaving.signal }).catch(() => "left");
  await until("the call waits", () => backend.requests.length === 1);
  leaving.abort();
  expect(await left).toBe("left");
  const again = async () => (await service.fetch("/current_time?time_zone=UTC", as("alice"))).status === 200;
  await until("there is room", again);
});

it("limits the open sockets of one caller, and allows another when one is closed", async () => {
  await using openai = await emulateOpenAi();
  await using service = await createTestBroker({
    openai: openai.baseUrl,
    yaml: `${callers}\nlimits: { sockets: { caller: 1 } }\nprofiles: { default: { ${session} } }`,
  });
  const url = `${service.url.replace("http", "ws")}/v1/realtime`;
  const open = async (name: string): Promise<WebSocket | number> => {
    const socket = new WebSocket(url, as(name));
    const refused = once(socket, "unexpected-response").then(([, answer]) => answer.statusCode as number);
    return Promise.race([once(socket, "open").then(() => socket), refused]);
  };
  const first = (await open("alice")) as WebSocket;
  expect(await open("alice")).toBe(429);
  const bobs = (await open("bob")) as WebSocket;
  expect(bobs.readyState).toBe(WebSocket.OPEN);
  first.close();
  await until("alice may open another", async () => {
    const again = await open("alice");
    if (typeof again === "number") return false;
    again.terminate();
    return true;
  });
  bobs.terminate();
});
