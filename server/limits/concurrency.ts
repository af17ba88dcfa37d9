// Concurrency limits: how many requests or sockets of one caller may be open at the same time, in this replica.
import { z } from "zod";
import type { Caller } from "../auth/caller.ts";

const message = "must be a number from 1 to 1000000, or none";

const quotaSchema = z
  .union([z.number(), z.literal("none")], { error: message })
  .refine(
    (quota) => quota === "none" || (Number.isInteger(quota) && quota >= 1 && quota <= 1_000_000),
    message,
  )
  .transform((quota) => (quota === "none" ? Number.POSITIVE_INFINITY : quota))
  .describe("A number, or none.");

const schemaOf = (standard: { caller: number; guest: number }) =>
  z
    .strictObject({
      caller: quotaSchema.default(standard.caller).describe("One caller."),
      guest: quotaSchema.default(standard.guest).describe("One guest, where `callers.guests` is anyone."),
    })
    .prefault({});

/** `limits.in_flight`: requests of one caller that are being answered. */
export const inFlightSchema = schemaOf({ caller: 100, guest: 10 });

/** `limits.sockets`: open WebSockets of one caller. */
export const socketsSchema = schemaOf({ caller: 20, guest: 2 });

export interface ConcurrencyRules {
  /** The limit's name, as answers show it. */
  limit: string;
  caller: number;
  guest: number;
  /** Whether guests may come from anywhere: the one local guest has the quota of a known caller. */
  guestsAreStrangers: boolean;
}

/** The limit's state for one caller. `quota` is infinite where there is no limit. */
export interface Entered {
  allowed: boolean;
  quota: number;
  remaining: number;
}

export interface Concurrency {
  readonly limit: string;
  /** Counts one more where the quota allows it. Each that was allowed needs one `leave`. */
  enter(caller: Caller): Entered;
  leave(caller: Caller): void;
}

/** How many are open, by the caller's id; callers with none have no entry. The counts outlive a change of the quota. */
export type OpenCounts = Map<string, number>;

export const createConcurrency = (rules: ConcurrencyRules, open: OpenCounts): Concurrency => {
  const quotaOf = (caller: Caller): number =>
    caller.kind === "guest" && rules.guestsAreStrangers ? rules.guest : rules.caller;
  return {
    limit: rules.limit,
    enter: (caller) => {
      const quota = quotaOf(caller);
      const count = (open.get(caller.id) ?? 0) + 1;
      if (count > quota) return { allowed: false, quota, remaining: 0 };
      open.set(caller.id, count);
      return { allowed: true, quota, remaining: quota - count };
    },
    leave: ({ id }) => {
      const count = (open.get(id) ?? 0) - 1;
      if (count > 0) open.set(id, count);
      else open.delete(id);
    },
  };
};
