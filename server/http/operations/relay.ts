// /v1/*: whatever OpenAI's clients ask for, under a key of ours.
import type { Caller } from "../../auth/caller.ts";
import type { Metrics } from "../../observe/metrics.ts";
import type { RelayTarget } from "../../relay/policy/rules.ts";
import type { CheckedCall, Relay, RelayCall, Relayed } from "../../relay/relay.ts";
import { countedUsage, type TokenCounts, tokensOf } from "../../relay/usage/usage.ts";
import { alreadySent, type Handler, type Middleware, rawQuery } from "../context.ts";
import type { BodyMemory } from "../request/body-memory.ts";
import { callerSignal } from "../request/caller-signal.ts";
import { incomingBody } from "../request/request-body.ts";
import { answerTo } from "../response/relayed-response.ts";

export interface RelayServices {
  /** Throws `path-forbidden`. */
  ruleFor(caller: Caller, method: string, target: string): RelayTarget;
  /** Throws `model-forbidden`, or what reading the body throws. */
  checkCall(call: RelayCall): Promise<CheckedCall>;
  relay: Relay;
  bodyMemory: BodyMemory;
  metrics: Pick<Metrics, "relayed">;
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
    const body = incomingBody(c, bodyMemory);
    c.env.outgoing.bodyMayTakeLong = body !== undefined;
    // OpenAI may think for longer than a connection here may be idle, and a body may take its time.
    c.env.incoming.socket.setTimeout(0);
    const call: RelayCall = {
      ...c.get("wanted"),
      caller: c.get("caller"),
      method: c.req.method,
      query: rawQuery(c),
      headers: c.env.incoming.headers,
      body,
      signal: callerSignal(c),
    };
    c.set("checked", await checkCall(call));
    await next();
  };

/** Relays it. The answer is written as it comes, past Hono. */
export const relay =
  (services: Pick<RelayServices, "metrics" | "relay">): Handler =>
  async (c) => {
    const relayed = await services.relay(c.get("checked"), answerTo(c));
    Object.assign(c.get("event"), factsOf(relayed));
    services.metrics.relayed(countedUsage(relayed), relayed.cache);
    return alreadySent;
  };

const factsOf = ({ model, upstreamKey, openAiRequestId, cache, usage, broken }: Relayed) => ({
  model,
  upstream_key: upstreamKey,
  cache,
  openai_request_id: openAiRequestId,
  ...tokensField(usage && tokensOf(usage)),
  ...(broken && { broken: broken.message }),
});

const tokensField = (tokens: TokenCounts | undefined) =>
  tokens && { tokens: { input: tokens.input, output: tokens.output, cached: tokens.cached } };
