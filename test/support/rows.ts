// One row of a table of operations, answered by the service's own HTTP server.
import { Hono } from "hono";
import type { RequestFacts } from "../../server/http/facts.ts";
import { fetchOver } from "../../server/http/router-fetch.ts";
import { type BrokerEnv, type Runnable, type RunServices, run } from "../../server/http/run.ts";
import { createLifecycle } from "../../server/http/server/lifecycle.ts";
import { listen } from "../../server/http/server/listen.node.ts";
import type { BrokerEvent, Refused, RequestEnded } from "../../server/observe/event.ts";
import { createTestTime } from "./time.ts";

interface Row extends Partial<Omit<Runnable, "handler">> {
  handler?: (facts: RequestFacts, services: RunServices) => unknown;
}

/** Serves the row at every address. Use with `await using`. */
export const serveRow = async (
  { handler = () => "done", ...row }: Row,
  more: Partial<RunServices> | (() => object) = {},
) => {
  const events: BrokerEvent[] = [];
  const time = createTestTime();
  const ids = ["request-1", "request-2", "request-3"];
  const services: RunServices = {
    clock: time.clock,
    emit: (event) => void events.push(event),
    newRequestId: () => ids.shift() ?? "request",
    allowedOrigins: new Set(["https://page.example"]),
    hashAddress: () => "hashed",
    proxies: { areNone: true, contains: () => false },
    forwardedHeader: "x-forwarded-for",
    ...(typeof more === "object" && more),
  };
  const runnable: Runnable = {
    ...{ route: "/row", steps: [], isQuiet: false },
    answer: { write: ({ outgoing }, text) => void outgoing.writeHead(200).end(text) },
    handler: handler as Runnable["handler"],
    ...row,
  };
  const app = new Hono<BrokerEnv>().all(
    "*",
    run(runnable, () => (typeof more === "object" ? services : { ...services, ...more() })),
  );
  const log: unknown[] = [];
  const ports = {
    lifecycle: createLifecycle(),
    log: { write: (...line: unknown[]) => void log.push(line) },
    socketPaths: new Set<string>(),
  };
  const { url, stop } = await listen({ fetch: fetchOver(app) }, ports, {
    ...{ host: "127.0.0.1", port: 0, header_timeout_seconds: 10, request_timeout_seconds: 10, base_path: "" },
  });
  return {
    ...{ url, events, log, time },
    fetch: (init?: RequestInit) => fetch(`${url}/row`, init),
    ended: () => events.filter((event): event is RequestEnded => event.kind === "request-ended"),
    refused: () => events.filter((event): event is Refused => event.kind === "refused"),
    [Symbol.asyncDispose]: () => stop(0),
  };
};
