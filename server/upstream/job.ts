// What a key is needed for: what is learned in doing it is remembered for jobs of the same sort only. Pure.
import type { RelayedRequest } from "./relay.ts";

/**
 * Endpoints that fail together. A failing upload says nothing of chats, and neither of them anything of mints; that a list can be
 * read says nothing of models that have to think.
 */
export const families = ["mints", "calls", "models", "moderations", "data"] as const;
export type Family = (typeof families)[number];

export interface Job {
  family: Family;
  /** What a restricted key may be allowed or not: `write responses`. */
  endpoint: string;
  model: string | undefined;
  /** Tells callers apart, so that no caller's failures count as those of several. */
  callerId: string;
}

const keepsData = new Set([
  ...["batches", "containers", "evals", "files", "fine_tuning", "skills", "uploads", "vector_stores"],
]);

const familyOf = (segment: string, reads: boolean): Family => {
  if (reads || keepsData.has(segment)) return "data";
  if (segment === "realtime") return "calls";
  return segment === "moderations" ? "moderations" : "models";
};

/** A mint. */
export const mintJob = ({ callerId, model }: Pick<Job, "callerId" | "model">): Job => ({
  family: "mints",
  endpoint: "write client_secrets",
  model,
  callerId,
});

/** A relayed request, to a path beneath the key's base URL. */
export const relayJob = ({
  method,
  target,
  callerId,
  model,
}: Pick<RelayedRequest, "callerId" | "method" | "model" | "target">): Job => {
  const [, segment = ""] = /^\/([\w-]{1,64})/.exec(target) ?? [];
  const reads = method === "GET" || method === "HEAD";
  return {
    family: familyOf(segment, reads),
    endpoint: `${reads ? "read" : "write"} ${segment}`,
    model,
    callerId,
  };
};

/** What a limit is for: OpenAI's are per model, and per address where none is named; a chat's are not those of a mint. */
export const limitOf = ({ family, endpoint, model }: Job): string =>
  model === undefined ? endpoint : `${family} ${model}`;
