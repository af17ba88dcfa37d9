// Routing facts: what the choice of an upstream key depends on. Pure.
import type { RelayedRequest } from "./relay.ts";

/**
 * Endpoints that fail together. A failing upload says nothing about chats, and neither says anything about mints; a list that
 * can be read says nothing about models that have to compute.
 */
export const endpointFamilies = ["mints", "calls", "models", "moderations", "data"] as const;
export type EndpointFamily = (typeof endpointFamilies)[number];

export interface RoutingFacts {
  family: EndpointFamily;
  /** The permission that a restricted key needs: `write responses`. */
  endpoint: string;
  model: string | undefined;
  /** Tells callers apart, so that one caller's failures never count as those of several. */
  callerId: string;
}

const dataSegments = new Set([
  ...["batches", "containers", "evals", "files", "fine_tuning", "skills", "uploads", "vector_stores"],
]);

const familyOf = (segment: string, isRead: boolean): EndpointFamily => {
  if (isRead || dataSegments.has(segment)) return "data";
  if (segment === "realtime" || segment === "live") return "calls";
  return segment === "moderations" ? "moderations" : "models";
};

export const mintRouting = ({ callerId, model }: Pick<RoutingFacts, "callerId" | "model">): RoutingFacts => ({
  family: "mints",
  endpoint: "write client_secrets",
  model,
  callerId,
});

/** `target` is a path beneath the key's base URL: `/chat/completions`. */
export const relayRouting = ({
  method,
  target,
  callerId,
  model,
}: Pick<RelayedRequest, "callerId" | "method" | "model" | "target">): RoutingFacts => {
  const [, segment = ""] = /^\/([\w-]{1,64})/.exec(target) ?? [];
  const isRead = method === "GET" || method === "HEAD";
  return {
    family: familyOf(segment, isRead),
    endpoint: `${isRead ? "read" : "write"} ${segment}`,
    model,
    callerId,
  };
};

/** The scope of a rate limit: OpenAI's are per model, or per endpoint where none is named; chats and mints have their own. */
export const rateLimitScope = ({ family, endpoint, model }: RoutingFacts): string =>
  model === undefined ? endpoint : `${family} ${model}`;
