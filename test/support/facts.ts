// Facts of a request of the test's own making, over Node's own objects and no connection.
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Caller } from "../../server/auth/caller.ts";
import { RequestFacts } from "../../server/http/facts.ts";
import { BrokerResponse } from "../../server/http/server/broker-response.node.ts";

interface TestRequest {
  method?: string;
  url?: string;
  /** By their names in small letters. */
  headers?: Record<string, string>;
  address?: string;
  isProxied?: boolean;
  isHttps?: boolean;
}

/** By default `GET /` from 203.0.113.9, that no proxy passed on. */
export const factsOf = ({
  method = "GET",
  url = "/",
  headers = {},
  address = "203.0.113.9",
  isProxied = false,
  isHttps = false,
}: TestRequest = {}): RequestFacts => {
  const incoming = new IncomingMessage(new Socket());
  Object.assign(incoming, { method, url, headers, rawHeaders: Object.entries(headers).flat() });
  const path = url.split("?", 1)[0] ?? "";
  return new RequestFacts({
    ...{ incoming, outgoing: new BrokerResponse(incoming) },
    ...{ path, route: path, requestId: "request-1", startedAtMs: 0, address, isProxied, isHttps },
  });
};

export const alice: Caller = { kind: "token", id: "token:alice", name: "alice", roles: [] };

/** The same with what earlier steps have added. */
export const factsWith = <Added extends object>(added: Added, request?: TestRequest): RequestFacts & Added =>
  Object.assign(factsOf(request), added);
