// The metrics on a port of their own.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { freePort, until } from "../support/wait.ts";

const openai = "http://127.0.0.1:9/v1";
const metricsOf = ({ logs }: TestBroker): string =>
  String(logs.find(({ msg }) => msg === "metrics-listening")?.url);
const withPort = (port: number | string, more: Record<string, string> = {}) =>
  createTestBroker({ openai, env: { METRICS_PORT: String(port), ...more } });
const failure = (starting: Promise<unknown>): Promise<string> =>
  starting.then(
    () => "started",
    (error: Error & { problems?: string[] }) => error.problems?.join() ?? error.message,
  );

it("answers the metrics there without credentials, and nothing else", async () => {
  await using broker = await withPort(0);
  expect((await broker.fetch("/metrics")).status).toBe(403);
  const url = metricsOf(broker);
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  expect(await answer.text()).toMatch(/^broker_http_request_seconds_count\{.*status="403"\} 1$/m);
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  for (const [path, status] of [
    ["/", 404],
    ["/ephemeral-key", 404],
    ["/metrics/../tools", 404],
    ["/metricsx", 404],
    ["/metrics?name=a", 200],
  ] as const)
    expect((await fetch(new URL(path, url))).status, path).toBe(status);
  expect((await fetch(url, { method: "POST", body: "x" })).status).toBe(405);
  expect(await (await fetch(url, { method: "HEAD" })).text()).toBe("");
});

it("there is no such port by default", async () => {
  await using broker = await createTestBroker({ openai });
  expect(broker.logs.filter(({ msg }) => msg === "metrics-listening")).toEqual([]);
});

it("connections that ask for nothing keep a scraper out for seconds at most, and no end waits for them", async () => {
  const broker = await withPort(0);
  const { hostname, port } = new URL(metricsOf(broker));
  const idle = Array.from({ length: 40 }, () => connect(Number(port), hostname).on("error", () => {}));
  await Promise.all(idle.slice(0, 32).map((socket) => once(socket, "connect")));
  const scrape = () =>
    fetch(metricsOf(broker)).then(
      ({ status }) => status,
      () => "refused",
    );
  expect(await scrape()).toBe("refused");
  await until("there is room again", async () => (await scrape()) === 200);
  const again = connect(Number(port), hostname).on("error", () => {});
  await once(again, "connect");
  const begunAt = performance.now();
  await broker.stop();
  expect(performance.now() - begunAt).toBeLessThan(20_000);
  for (const socket of [...idle, again]) socket.destroy();
});

it("a port that is taken, or the service's own, stops the start and names the setting", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  expect(await failure(withPort(port))).toBe(
    `METRICS_HOST, METRICS_PORT: ${port} is taken by another program; choose another`,
  );
  other.close();
  const same = String(await freePort());
  expect(await failure(withPort(same, { PORT: same }))).toContain(`METRICS_PORT: ${same} is PORT too`);
  expect(await failure(withPort("0", { METRICS_HOST: "203.0.113.7" }))).toContain("no address 203.0.113.7");
});
