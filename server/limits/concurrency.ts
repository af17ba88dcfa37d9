// How much of one caller's may be under way at the same time, in this replica.
import { z } from "zod";
import type { Caller } from "../auth/caller.ts";

const words = "must be a number from 1 to 1000000, or none";

const most = z
  .union([z.number(), z.literal("none")], { error: words })
  .refine((count) => count === "none" || (Number.isInteger(count) && count >= 1 && count <= 1_000_000), words)
  .transform((count) => (count === "none" ? Number.POSITIVE_INFINITY : count))
  .describe("A number, or none.");

const schemaOf = (standard: { caller: number; guest: number }) =>
  z
    .strictObject({
      caller: most.default(standard.caller).describe("One caller."),
      guest: most.default(standard.guest).describe("One guest, where `callers.guests` is anyone."),
    })
    .prefault({});

/** `limits.in_flight`: requests of one caller that are being answered. */
export const inFlightSchema = schemaOf({ caller: 100, guest: 10 });

/** `limits.sockets`: open WebSockets of one caller. */
export const socketsSchema = schemaOf({ caller: 20, guest: 2 });

export interface ConcurrencyRules {
  /** The limit's name, as callers are told it. */
  limit: string;
  caller: number;
  guest: number;
  /** Whether guests may come from anywhere: the one local guest counts as a caller. */
  guestsAreStrangers: boolean;
}

/** Where a caller stands: `quota` is infinite where nothing is limited. */
export interface Entered {
  allowed: boolean;
  quota: number;
  remaining: number;
}

export interface Concurrency {
  readonly limit: string;
  /** Takes a place where one is free; each that was allowed is left once. */
  enter(caller: Caller): Entered;
  leave(caller: Caller): void;
}

/** Counts by the caller's id. Nothing is kept of callers who have nothing under way. */
export const createConcurrency = (rules: ConcurrencyRules): Concurrency => {
  const underWay = new Map<string, number>();
  const quotaOf = (caller: Caller): number =>
    caller.kind === "guest" && rules.guestsAreStrangers ? rules.guest : rules.caller;
  return {
    limit: rules.limit,
    enter: (caller) => {
      const quota = quotaOf(caller);
      const count = (underWay.get(caller.id) ?? 0) + 1;
      if (count > quota) return { allowed: false, quota, remaining: 0 };
      underWay.set(caller.id, count);
      return { allowed: true, quota, remaining: quota - count };
    },
    leave: ({ id }) => {
      const left = (underWay.get(id) ?? 1) - 1;
      if (left > 0) underWay.set(id, left);
      else underWay.delete(id);
    },
  };
};
