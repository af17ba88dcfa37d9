// What a key is needed for: what is learned in doing it is remembered for jobs of the same sort only. Pure.
import type { RelayedRequest } from "./relaying.ts";

/** Endpoints that fail together. A failing upload says nothing of chats, and neither of them anything of mints. */
export const families = ["mints", "calls", "models", "moderations", "files"] as const;
export type Family = (typeof families)[number];

export interface Job {
  family: Family;
  /** What a restricted key may be allowed or not: `write responses`. */
  endpoint: string;
  model: string | undefined;
  /** Tells callers apart, so that no caller's failures count as those of several. */
  callerId: string;
}

const familyOfSegment: Record<string, Family> = {
  realtime: "calls",
  moderations: "moderations",
  ...Object.fromEntries(
    ["batches", "containers", "evals", "files", "fine_tuning", "skills", "uploads", "vector_stores"].map(
      (segment): [string, Family] => [segment, "files"],
    ),
  ),
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
  const verb = method === "GET" || method === "HEAD" ? "read" : "write";
  return {
    family: Object.hasOwn(familyOfSegment, segment) ? (familyOfSegment[segment] ?? "models") : "models",
    endpoint: `${verb} ${segment}`,
    model,
    callerId,
  };
};
