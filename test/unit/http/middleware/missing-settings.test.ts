// What the operator learns of requests that a missing setting explains.
import { expect, it } from "vitest";
import { noticeMissingSettings } from "../../../../server/http/middleware/missing-settings.ts";
import type { BrokerEvent } from "../../../../server/observe/event.ts";
import { factsOf } from "../../../support/facts.ts";

const noticed = (headers: Record<string, string>, { areNone = true, upgrade = false } = {}) => {
  const events: BrokerEvent[] = [];
  const facts = factsOf({ headers: { host: "broker.example:8787", ...headers }, address: "10.0.0.1" });
  if (upgrade) Object.assign(facts.outgoing, { upgrade: {} });
  noticeMissingSettings(facts, {
    allowedOrigins: new Set(["https://page.example"]),
    proxies: { areNone, contains: () => false },
    emit: (event) => void events.push(event),
  });
  return events;
};

it.each(["https://shop.example", "null", "https://broker.example"])("the origin %s is refused", (origin) => {
  expect(noticed({ origin })).toEqual([{ kind: "origin-refused", origin }]);
});

it.each<[string, Record<string, string>]>([
  ["a page that is allowed", { origin: "https://page.example" }],
  ["no page", {}],
  ["the service's own page", { origin: "http://broker.example:8787" }],
  ["the service's own page behind TLS", { origin: "https://broker.example:8787" }],
  [
    "the service's own page behind a proxy that changes Host",
    { origin: "https://a.example", "sec-fetch-site": "same-origin" },
  ],
])("%s is not", (_, headers) => {
  expect(noticed(headers)).toEqual([]);
});

it("a WebSocket is not: browsers let every page open one", () => {
  expect(noticed({ origin: "https://shop.example" }, { upgrade: true })).toEqual([]);
});

it.each(["x-forwarded-for", "forwarded"] as const)(
  "%s of a proxy that nobody configured is noticed",
  (header) => {
    expect(noticed({ [header]: "192.0.2.1" })).toEqual([{ kind: "proxy-unknown", header, peer: "10.0.0.1" }]);
    expect(noticed({ [header]: "192.0.2.1" }, { areNone: false })).toEqual([]);
  },
);
