// Which limits apply to a request, and whose count each of them is.
import type { Caller, OwnLimits } from "../auth/caller.ts";
import type { Rate } from "../rates.ts";
import type { LimitCheck } from "./limiter.ts";
import type { Limits, RoleLimits } from "./limits.ts";

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
}

type Job = keyof OwnLimits;

/** The first part of the limits' names, and what the limit of all callers together is for. */
const names = {
  mints: ["mints", "profile"],
  tool_calls: ["tool-calls", "tool"],
  relays: ["relays", "rule"],
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
    const [name, kind] = names[job];
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
  };
};
