// What travels with a request through the doors: facts about it, never services.
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context, MiddlewareHandler } from "hono";
import type { Caller } from "../auth/caller.ts";
import type { TimeBudget } from "../limits/time-budget.ts";
import type { Granted } from "../profiles/compose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { RelayTarget } from "../relay/policy/rules.ts";
import type { CheckedCall } from "../relay/relay.ts";
import type { IncomingBody } from "../relay/request-body.ts";
import type { Accepted, Tool } from "../tools/tool.ts";
import type { Outgoing } from "./server/outgoing.node.ts";

export interface BrokerEnv {
  Bindings: HttpBindings & { outgoing: Outgoing };
  Variables: {
    requestId: string;
    /** The wide event: everything the request's one log line will say. */
    event: Record<string, unknown>;
    /** The route's name in log and metrics, where its pattern says too little. */
    route: string | undefined;
    /** Where the request came from: the client's own address, as far as trusted proxies tell. */
    address: string;
    /** Whether a trusted proxy passed it on. */
    proxied: boolean;
    caller: Caller;
    /** What is left of the request's patience with shared state. */
    timeBudget: TimeBudget | undefined;
    /** The fields RateLimit and RateLimit-Policy so far. */
    rateLimit: { state: string; policy: string } | undefined;
    /** The body of a request that is read here, and how long it may be; undefined where it has none. */
    body: { unread: IncomingBody; maxBytes: number } | undefined;
    /** The profile that a key request means, and the session and lifetime that it grants. */
    profile: Profile;
    granted: Granted;
    /** The SDP of a call that a browser wants to start. */
    offer: string;
    /** What `/:toolName` names. */
    tool: Tool;
    /** Its arguments, checked. */
    accepted: Accepted;
    /** What of OpenAI's is wanted, and the rule that opens it. */
    wanted: RelayTarget;
    /** The same with its body read, allowed to go on. */
    checked: CheckedCall;
  };
}

export type BrokerContext = Context<BrokerEnv>;
export type Handler = (c: BrokerContext) => Response | Promise<Response>;
export type Middleware = MiddlewareHandler<BrokerEnv>;

/** For a handler that has written its answer to Node's response by itself. */
export const alreadySent: Response = RESPONSE_ALREADY_SENT;

/** A header as Node parsed it; reading it here does not build a web `Request`. */
export const header = (c: BrokerContext, name: string): string | undefined => {
  const value = c.env.incoming.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
};

/** The query string as it came, without its question mark. */
export const rawQuery = (c: BrokerContext): string => {
  const url = c.env.incoming.url ?? "";
  const mark = url.indexOf("?");
  return mark === -1 ? "" : url.slice(mark + 1);
};
