// A relayed answer on its way to the caller.
import { once } from "node:events";
import { expect, it } from "vitest";
import { respondTo } from "../../../../server/http/response/relayed-response.ts";
import type { BrokerResponse } from "../../../../server/http/server/broker-response.node.ts";
import { openRaw } from "../../../support/raw-connection.ts";
import { sendRaw } from "../../../support/raw-request.ts";
import { testFlow } from "../../../support/recipient.ts";
import { serveNode } from "../../../support/server.ts";

const request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

it("has OpenAI's status, fields and bytes, and our fields where OpenAI says nothing", async () => {
  await using server = await serveNode((incoming, outgoing) => {
    const recipient = respondTo(incoming, outgoing, { "x-broker-request-id": "r1", "x-request-id": "ours" });
    recipient.onHead(201, { "x-request-id": "openai's", "content-type": "text/plain" }, testFlow());
    recipient.onData(Buffer.from("hello"));
    recipient.onEnd();
  });
  const answer = await sendRaw(server.url, request);
  expect(answer).toMatch(/^HTTP\/1\.1 201 /);
  for (const line of [
    "x-broker-request-id: r1",
    "x-request-id: openai's",
    "cache-control: no-store",
    "hello",
  ]) {
    expect(answer).toContain(line);
  }
  expect(answer).not.toContain("ours");
});

it("comes no faster than the caller reads it", async () => {
  const flow = testFlow();
  const writing = Promise.withResolvers<BrokerResponse>();
  await using server = await serveNode((incoming, outgoing) => {
    const recipient = respondTo(incoming, outgoing, {});
    recipient.onHead(200, {}, flow);
    recipient.onData(Buffer.alloc(16 * 1024 * 1024));
    writing.resolve(outgoing);
    outgoing.once("drain", () => recipient.onEnd());
  });
  const answered = fetch(server.url);
  const outgoing = await writing.promise;
  expect(flow.isPaused).toBe(true);
  const drained = once(outgoing, "drain");
  expect((await (await answered).arrayBuffer()).byteLength).toBe(16 * 1024 * 1024);
  await drained;
  expect(flow.isPaused).toBe(false);
});

it("that breaks is not ended, so that it does not look whole; what comes for a caller who left is dropped", async () => {
  const broken = Promise.withResolvers<void>();
  await using server = await serveNode((incoming, outgoing) => {
    const recipient = respondTo(incoming, outgoing, {});
    recipient.onHead(200, {}, testFlow());
    recipient.onData(Buffer.from("half"));
    recipient.onBreak(new Error("reset"));
    recipient.onData(Buffer.from("more"));
    broken.resolve();
  });
  const caller = await openRaw(server.url);
  caller.write(request);
  await Promise.all([caller.closed, broken.promise]);
  expect(caller.received).not.toContain("0\r\n\r\n");
  expect(caller.received).not.toContain("more");
});
