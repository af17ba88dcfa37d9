// The limits of broker.yaml: their schema and defaults, which apply to a request, and whose count each of them is.

import { z } from "zod";
import type { Caller, OwnLimits } from "../auth/caller.ts";
import { ownLimitsSchema, type Rate, ratesSchema } from "../rates.ts";
import { inFlightSchema, socketsSchema } from "./concurrency.ts";
import type { LimitCheck } from "./limiter.ts";

const rates = (standard: string) => ratesSchema.default(ratesSchema.parse(standard));

const jobSchema = (standard: Record<"everyone" | "guests" | "guest" | "caller", string>) =>
  z
    .strictObject({
      everyone: rates(standard.everyone).describe("All callers together."),
      guests: rates(standard.guests).describe("All guests together, where `callers.guests` is anyone."),
      guest: rates(standard.guest).describe(
        "One guest, which is one address, or the /64 of an IPv6 address.",
      ),
      caller: rates(standard.caller).describe(
        "One caller, where neither the caller nor a role of theirs has limits.",
      ),
    })
    .prefault({});

/** `limits` */
export const limitsSchema = z
  .strictObject({
    share_without_redis: z
      .number()
      .gt(0)
      .max(1)
      .default(0.25)
      .describe("The part of each limit that a replica gives out by itself while Redis does not answer."),
    address: rates("200 per second, 3000 per minute").describe("Every request of one address."),
    failed_authentication: rates("20 per minute, 200 per day").describe(
      "Refused credentials of one address. When it is used up, none are examined any more.",
    ),
    in_flight: inFlightSchema.describe("Requests that are being answered, of one caller at the same time."),
    sockets: socketsSchema.describe("Open WebSockets of one caller at the same time."),
    mints: jobSchema({
      everyone: "none",
      guests: "30 per minute, 500 per day",
      guest: "3 per minute, 20 per day",
      caller: "30 per minute, 1000 per day",
    }).describe("How often keys may be minted."),
    tool_calls: jobSchema({
      everyone: "none",
      guests: "1200 per minute",
      guest: "60 per minute, 1000 per day",
      caller: "300 per minute",
    }).describe("How often tools may be called."),
    relays: jobSchema({
      everyone: "none",
      guests: "60 per minute, 1000 per day",
      guest: "10 per minute, 100 per day",
      caller: "300 per minute",
    }).describe("How often requests may be relayed to OpenAI."),
    usage_reports: jobSchema({
      everyone: "none",
      guests: "1200 per minute",
      guest: "30 per minute, 5000 per day",
      caller: "120 per minute",
    }).describe("How often pages may report what their voice sessions used."),
  })
  .prefault({});

/** `roles`: the first one that a caller has applies. */
export const roleLimitsSchema = z
  .record(
    z.string(),
    z.strictObject({
      limits: ownLimitsSchema.prefault({}).describe("Limits of each caller with this role."),
    }),
  )
  .default({});

export type Limits = z.output<typeof limitsSchema>;
export type RoleLimits = z.output<typeof roleLimitsSchema>;

export interface LimitsInForce {
  limits: Limits;
  roles: RoleLimits;
  /** Whether guests may come from anywhere. The one local guest is this machine's user and has the limits of a known caller. */
  guestsAreStrangers: boolean;
  /** How often all callers together may use a profile, a tool, an entry of `relay`; by its name. */
  profiles: Readonly<Record<string, readonly Rate[]>>;
  relays: Readonly<Record<string, readonly Rate[]>>;
  tools: Readonly<Record<string, readonly Rate[]>>;
}

export interface LimitChecks {
  /** For every request; of an IPv6 address its /64. */
  request(address: string): LimitCheck[];
  /** For an attempt to authenticate that failed. */
  attempt(address: string): LimitCheck[];
  mint(caller: Caller, profile: string): LimitCheck[];
  toolCall(caller: Caller, tool: string): LimitCheck[];
  relay(caller: Caller, rule: string): LimitCheck[];
  usageReport(caller: Caller): LimitCheck[];
}

type Job = keyof OwnLimits;

/** The first part of the limits' names, and what the limit of all callers together is for. */
const jobNames = {
  mints: ["mints", "profile"],
  tool_calls: ["tool-calls", "tool"],
  relays: ["relays", "rule"],
  usage_reports: ["usage-reports", "profile"],
} as const satisfies Record<Job, [string, string]>;

/** The caller's own limits apply; else those of the first entry of `roles` that the caller has; else those of the caller's kind. */
export const limitChecksOf = (inForce: LimitsInForce): LimitChecks => {
  const { limits, guestsAreStrangers } = inForce;
  const roles = Object.entries(inForce.roles);

  const ratesOf = (caller: Caller, job: Job): readonly Rate[] => {
    if (caller.kind === "guest") return limits[job][guestsAreStrangers ? "guest" : "caller"];
    const own = caller.kind === "user" || caller.kind === "host" ? caller.limits[job] : undefined;
    if (own) return own;
    const role = roles.find(([name, { limits }]) => caller.roles.includes(name) && limits[job])?.[1];
    return role?.limits[job] ?? limits[job].caller;
  };

  const checksOf = (job: Job, caller: Caller, subject: string, rates: readonly Rate[]): LimitCheck[] => {
    const [name, kind] = jobNames[job];
    const { everyone, guests } = limits[job];
    const ofGuests = caller.kind === "guest" && guestsAreStrangers ? guests : [];
    return [
      { limit: `${name}-caller`, rates: ratesOf(caller, job), key: caller.id, exposed: true },
      { limit: `${name}-${kind}`, rates, key: subject, exposed: false },
      { limit: `${name}-guests`, rates: ofGuests, key: "all", exposed: false },
      { limit: `${name}-everyone`, rates: everyone, key: "all", exposed: false },
    ];
  };

  return {
    request: (address) => [{ limit: "address", rates: limits.address, key: address, exposed: true }],
    attempt: (address) => [
      { limit: "failed-authentication", rates: limits.failed_authentication, key: address, exposed: false },
    ],
    mint: (caller, profile) => checksOf("mints", caller, profile, inForce.profiles[profile] ?? []),
    toolCall: (caller, tool) => checksOf("tool_calls", caller, tool, inForce.tools[tool] ?? []),
    relay: (caller, rule) => checksOf("relays", caller, rule, inForce.relays[rule] ?? []),
    // They have limits of their own: counted as tool calls, they would use up what the conversation needs.
    usageReport: (caller) => checksOf("usage_reports", caller, "", []),
  };
};
