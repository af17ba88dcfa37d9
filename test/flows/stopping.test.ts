// The service stops behind a proxy that keeps connections: no request is lost between the two.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { openRaw } from "../support/raw-connection.ts";
import { serve } from "../support/server.ts";
import { until } from "../support/wait.ts";

const openai = "http://127.0.0.1:9/v1";
const request = (path = "/problems") => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
const refuses = (url: string) =>
  fetch(url).then(
    () => false,
    ({ cause }) => cause.code === "ECONNREFUSED",
  );

it("takes no new connection, and answers the request that comes on an open one", async () => {
  const broker = await createTestBroker({ openai });
  const kept = await openRaw(broker.url);
  kept.write(request());
  await until("the first is answered", () => kept.received.includes("200 OK"));
  const stopped = broker.stop(10, 0.3);
  await until("no connection is taken", () => refuses(broker.url));
  const before = kept.received.length;
  kept.write(request());
  await kept.closed;
  expect(kept.received.slice(before)).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)*connection: close\r\n/i);
  await stopped;
});

it("closes an open connection when nothing has come on it for as long as it is told", async () => {
  const broker = await createTestBroker({ openai });
  const kept = await openRaw(broker.url);
  const other = await openRaw(broker.url);
  for (const connection of [kept, other]) {
    connection.write(request());
    await until("it is answered", () => connection.received.includes("200 OK"));
  }
  const began = performance.now();
  const stopped = broker.stop(10, 0.3);
  await sleep(200);
  // The time begins anew with each request.
  other.write(request());
  await kept.closed;
  expect(performance.now() - began).toBeGreaterThan(450);
  expect(kept.received.match(/200 OK/g)).toHaveLength(1);
  await stopped;
});

it("an answer that begins after the signal ends its connection", async () => {
  const release = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await using slow = await serve(async (_, answer) => {
    arrived.resolve();
    await release.promise;
    answer.end("done");
  });
  const profile = "{ session: { type: realtime, model: gpt-realtime-2.1 }, tools: [wait] }";
  const yaml = `
callers: { tokens: [{ name: a, token: a-0123456789abcdef }] }
profiles: { default: ${profile} }
tools: { wait: { description: d, request: { url: "${slow.url}/" } } }`;
  const broker = await createTestBroker({ openai, yaml });
  const connection = await openRaw(broker.url);
  const authorization = "authorization: Bearer a-0123456789abcdef";
  connection.write(request("/wait").replace("\r\n\r\n", `\r\n${authorization}\r\n\r\n`));
  await arrived.promise;
  const stopped = broker.stop(10);
  await until("no connection is taken", () => refuses(broker.url));
  release.resolve();
  await connection.closed;
  expect(connection.received).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)*connection: close\r\n/i);
  expect(connection.received).toMatch(/done$/);
  await stopped;
});

it("stops at once when no connection is open", async () => {
  const broker = await createTestBroker({ openai });
  const began = performance.now();
  await broker.stop(600, 600);
  expect(performance.now() - began).toBeLessThan(10_000);
});
