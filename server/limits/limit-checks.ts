// Which limits a request falls under, and in whose name.
import type { Caller, OwnLimits } from "../auth/caller.ts";
import type { Rate } from "../rates.ts";
import type { LimitCheck } from "./limiter.ts";
import type { Limits, RoleLimits } from "./limits.ts";

export interface LimitsInForce {
  limits: Limits;
  roles: RoleLimits;
  /** Whether guests may come from anywhere. The one local guest is the machine's own user, and limited like a member. */
  guestsAreStrangers: boolean;
  /** By profile, by tool, by entry of `relay`: how often all callers together may use it. */
  profiles: Readonly<Record<string, readonly Rate[]>>;
  relays: Readonly<Record<string, readonly Rate[]>>;
  tools: Readonly<Record<string, readonly Rate[]>>;
}

export interface LimitChecks {
  /** Every request, by its address (of IPv6 its /64). */
  request(address: string): LimitCheck[];
  /** An attempt to show credentials. */
  attempt(address: string): LimitCheck[];
  mint(caller: Caller, profile: string): LimitCheck[];
  toolCall(caller: Caller, tool: string): LimitCheck[];
  relay(caller: Caller, rule: string): LimitCheck[];
}

type Job = keyof OwnLimits;

/** How each job's limits are called, and what it is that all callers together may use so often. */
const names = {
  mints: ["mints", "profile"],
  tool_calls: ["tool-calls", "tool"],
  relays: ["relays", "rule"],
} as const satisfies Record<Job, [string, string]>;

/** A caller's own limits decide; else those of the first role in `roles:` that he has; else those of his kind. */
export const limitChecksOf = (inForce: LimitsInForce): LimitChecks => {
  const { limits, roles } = inForce;
  const rated = Object.entries(roles);

  const ratesOf = (caller: Caller, job: Job): readonly Rate[] => {
    if (caller.kind === "guest") return limits[job][inForce.guestsAreStrangers ? "guest" : "caller"];
    const own = caller.kind === "user" ? caller.limits[job] : undefined;
    if (own) return own;
    const [, role] = rated.find(([name, { limits: its }]) => caller.roles.includes(name) && its[job]) ?? [];
    return role?.limits[job] ?? limits[job].caller;
  };

  const job = (which: Job, caller: Caller, thing: string, rates: readonly Rate[]): LimitCheck[] => {
    const [name, what] = names[which];
    const isStranger = caller.kind === "guest" && inForce.guestsAreStrangers;
    const { everyone, guests } = limits[which];
    return [
      { limit: `${name}-caller`, rates: ratesOf(caller, which), key: caller.id, told: true },
      { limit: `${name}-${what}`, rates, key: thing, told: false },
      { limit: `${name}-guests`, rates: isStranger ? guests : [], key: "all", told: false },
      { limit: `${name}-everyone`, rates: everyone, key: "all", told: false },
    ];
  };

  return {
    request: (address) => [{ limit: "address", rates: limits.address, key: address, told: true }],
    attempt: (address) => [
      { limit: "failed-authentication", rates: limits.failed_authentication, key: address, told: false },
    ],
    mint: (caller, profile) => job("mints", caller, profile, inForce.profiles[profile] ?? []),
    toolCall: (caller, tool) => job("tool_calls", caller, tool, inForce.tools[tool] ?? []),
    relay: (caller, rule) => job("relays", caller, rule, inForce.relays[rule] ?? []),
  };
};
