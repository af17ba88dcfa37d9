// An error that nobody caught: the process says what it was, lets requests in flight end, and ends.
import { Agent, request } from "undici";
import { expect, it } from "vitest";
import { startProcess } from "../support/process.ts";
import { openRaw } from "../support/raw-connection.ts";
import { serve } from "../support/server.ts";
import { until } from "../support/wait.ts";

// What no request can do, a module does that is loaded beside the service, when it is sent a signal.
const provoke = `data:text/javascript,${encodeURIComponent(`
  const secret = "sk-proj-0123456789abcdef";
  process.on("SIGUSR2", () => setImmediate(function broken() { throw new Error("broken with " + secret); }));
  process.on("SIGHUP", () => { Promise.reject(new Error("refused with " + secret)); });
`)}`;
const env = {
  OPENAI_API_KEY: "sk-operator-0123456789abcdef",
  DATABASE_URL: "sqlite::memory:",
  NODE_OPTIONS: `--import ${provoke}`,
};
const profile = "{ session: { type: realtime, model: gpt-realtime-2.1 }, tools: [wait] }";
const yaml = (url = "http://127.0.0.1:9") => `callers: { guests: anyone }
metrics: { allow: [everyone] }
profiles: { default: ${profile} }
tools: { wait: { description: d, request: { url: "${url}/" }, timeout_ms: 20000 } }
`;
const linesOf = (output: string): Record<string, unknown>[] =>
  output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

it.each([
  ["an exception", "SIGUSR2", "uncaughtException", "broken with [redacted]", "broken"],
  ["a rejection", "SIGHUP", "unhandledRejection", "refused with [redacted]", "process"],
] as const)(
  "%s is told with its stack, and without secrets; then the process fails",
  async (_, signal, origin, message, caller) => {
    await using service = startProcess(env, yaml());
    await service.listening();
    service.signal(signal);
    expect(await service.exited).toBe(1);
    const fatal = linesOf(service.output).filter(({ msg }) => msg === "fatal-error");
    expect(fatal).toMatchObject([{ level: "error", origin, cause: { name: "Error", message } }]);
    expect(fatal[0]?.stack).toMatch(new RegExp(`at .*${caller}`));
    expect(service.output).not.toContain("0123456789");
  },
);

it("requests in flight end first, no connection is taken, and each further error is told and counted", async () => {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using slow = await serve(async (_, answer) => {
    arrived.resolve();
    await release.promise;
    answer.end("done");
  });
  await using service = startProcess(env, yaml(slow.url));
  const url = await service.listening();
  const kept = await openRaw(url);
  const waiting = fetch(`${url}/wait`);
  await arrived.promise;
  service.signal("SIGUSR2");
  await until("no connection is taken", () =>
    request(url, { dispatcher: new Agent() }).then(
      () => false,
      ({ code }) => code === "ECONNREFUSED",
    ),
  );
  service.signal("SIGUSR2");
  service.signal("SIGHUP");
  await until(
    "each is told",
    () => linesOf(service.output).filter(({ msg }) => msg === "fatal-error").length === 3,
  );
  kept.write("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await kept.closed;
  expect(kept.received).toMatch(/^broker_fatal_errors_total 3$/m);
  // Asked to end, it need not begin anew.
  service.signal("SIGTERM");
  release.resolve();
  expect(await (await waiting).text()).toBe("done");
  expect(await service.exited).toBe(1);
  expect(linesOf(service.output).filter(({ msg }) => msg === "draining")).toHaveLength(1);
});

it("a request that does not end is not waited for longer than the time to drain", async () => {
  const arrived = Promise.withResolvers<void>();
  await using stuck = await serve(() => arrived.resolve());
  await using service = startProcess({ ...env, DRAIN_SECONDS: "0" }, yaml(stuck.url));
  const url = await service.listening();
  const cut = fetch(`${url}/wait`).catch(() => "cut");
  await arrived.promise;
  service.signal("SIGHUP");
  expect(await service.exited).toBe(1);
  expect(await cut).toBe("cut");
});

it("an error that comes again and again does not fill the log", async () => {
  const arrived = Promise.withResolvers<void>();
  await using stuck = await serve(() => arrived.resolve());
  const again = encodeURIComponent(`
    process.on("SIGUSR2", () => setInterval(() => { throw new Error("again"); }, 1));
  `);
  const options = `--import data:text/javascript,${again}`;
  await using service = startProcess({ ...env, NODE_OPTIONS: options, DRAIN_SECONDS: "1" }, yaml(stuck.url));
  const cut = fetch(`${await service.listening()}/wait`).catch(() => {});
  await arrived.promise;
  service.signal("SIGUSR2");
  expect(await service.exited).toBe(1);
  expect(linesOf(service.output).filter(({ msg }) => msg === "fatal-error")).toHaveLength(20);
  await cut;
});
