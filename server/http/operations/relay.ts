// /v1/*: whatever OpenAI's clients ask for, under a key of ours.
import type { Caller } from "../../auth/caller.ts";
import type { RelayRule } from "../../relay/policy/rules.ts";
import type { CheckedCall, Relay, RelayCall, Relayed } from "../../relay/relay.ts";
import { alreadySent, type Handler, type Middleware, rawQuery } from "../context.ts";
import { relayedFields } from "../middleware/cors.ts";
import type { BodyMemory } from "../request/body-memory.ts";
import { callerSignal } from "../request/caller-signal.ts";
import { requestBody } from "../request/request-body.ts";
import { respondTo } from "../response/relayed-response.ts";

export interface RelayServices {
  /** Throws `path-forbidden`. */
  ruleFor(caller: Caller, method: string, target: string): { rule: RelayRule; path: string };
  /** Throws `model-forbidden`, or what reading the body throws. */
  checkCall(call: RelayCall): Promise<CheckedCall>;
  relay: Relay;
  bodyMemory: BodyMemory;
}

/** Finds the rule that opens this address to the caller. */
export const resolveRule = ({ ruleFor }: Pick<RelayServices, "ruleFor">): Middleware =>
  function resolveRule(c, next) {
    const wanted = ruleFor(c.get("caller"), c.req.method, c.env.incoming.url ?? "");
    c.get("event").relay = wanted.rule.name;
    c.set("wanted", wanted);
    return next();
  };

/** Reads the body and checks what it names, so that a request that may not go on is not counted. */
export const readCall = ({
  bodyMemory,
  checkCall,
}: Pick<RelayServices, "bodyMemory" | "checkCall">): Middleware =>
  async function readCall(c, next) {
    const body = requestBody(c.env.incoming, c.env.outgoing, c.get("caller"), bodyMemory);
    c.env.outgoing.isUpload = body !== undefined;
    // OpenAI may think for longer than a connection here may be idle, and a body may take its time.
    c.env.incoming.socket.setTimeout(0);
    const call: RelayCall = {
      ...c.get("wanted"),
      caller: c.get("caller"),
      method: c.req.method,
      query: rawQuery(c),
      headers: c.env.incoming.headers,
      body,
      signal: callerSignal(c.env.outgoing),
    };
    c.set("checked", await checkCall(call));
    await next();
  };

/** Relays it. The answer is written as it comes, past Hono. */
export const relay =
  (services: Pick<RelayServices, "relay">): Handler =>
  async (c) => {
    const recipient = respondTo(c.env.incoming, c.env.outgoing, relayedFields(c));
    const relayed = await services.relay(c.get("checked"), recipient);
    Object.assign(c.get("event"), factsOf(relayed));
    return alreadySent;
  };

const factsOf = ({ model, upstreamKey, openAiRequestId, cache, usage, broken }: Relayed) => ({
  model,
  upstream_key: upstreamKey,
  cache,
  openai_request_id: openAiRequestId,
  ...(usage && {
    tokens: { input: usage.inputTokens, output: usage.outputTokens, cached: usage.cachedTokens },
  }),
  ...(broken && { broken: broken.message }),
});
