// What a session may use, and in which accounts it is counted: the profile's limits, and those of `voice_limits`. Pure.
import { z } from "zod";
import type { Caller } from "../../auth/caller.ts";
import { forSchema, ownerOf } from "../../budgets/budget.ts";
import { nameSchema } from "../../names.ts";
import { type VoiceSettings, voiceLimitFields } from "../../profiles/supervision.ts";
import { keptCaller } from "../store/kept-caller.ts";
import type { SessionAccount } from "../store/session-store.ts";

type LimitName = keyof typeof voiceLimitFields;

/** One entry of `voice_limits`. */
export const voiceLimitSchema = z
  .strictObject({
    name: nameSchema.describe("What it is called in refusals. Its minutes are kept under this name."),
    for: forSchema,
    each: z
      .enum(["caller", "team", "profile"])
      .optional()
      .describe(
        "Gives each caller, team or profile sessions and minutes of its own. Left out, all share them. All guests of one address are one caller.",
      ),
    ...voiceLimitFields,
  })
  .refine((entry) => Object.keys(voiceLimitFields).some((name) => entry[name as LimitName] !== undefined), {
    error: `must have at least one of ${Object.keys(voiceLimitFields).join(", ")}`,
  });

/** `voice_limits` */
export const voiceLimitsSchema = z
  .array(voiceLimitSchema)
  .max(100)
  .refine(
    (entries) => new Set(entries.map(({ name }) => name)).size === entries.length,
    "each name may stand once",
  )
  .default([]);

export type VoiceLimit = z.output<typeof voiceLimitSchema>;

export interface SessionLimits<Voice extends VoiceSettings = VoiceSettings> {
  /** The profile's, with the strictest of all limits that hold for one session. */
  voice: Voice;
  /** Only those that have a limit. */
  accounts: SessionAccount[];
}

/** The limits of a caller's session. The same whether the caller comes from a request or was kept. */
export type LimitsOf = <Voice extends VoiceSettings>(
  caller: Caller,
  profile: string,
  voice: Voice,
) => SessionLimits<Voice>;

export const voiceLimitsOf =
  (entries: readonly VoiceLimit[], hashIdentity: (id: string) => string): LimitsOf =>
  (caller, profile, voice) => {
    const kept = keptCaller(caller, hashIdentity);
    const fitting = entries.flatMap((entry) => {
      const owner = ownerOf(entry, { caller: kept, profile });
      if (owner === undefined) return [];
      // A budget counts all guests as one caller; two strangers may well speak at the same time.
      return [{ entry, owner: entry.each === "caller" ? kept.id : owner }];
    });
    return {
      voice: strictest([voice, ...fitting.map(({ entry }) => entry)]),
      accounts: [
        accountOf(`profile:${profile}|${kept.id}`, voice),
        ...fitting.map(({ entry, owner }) => accountOf(`${entry.name}|${owner}`, entry)),
      ].filter(isLimited),
    };
  };

const perSession = ["max_minutes", "idle_seconds", "max_tokens", "max_cost_usd"] as const;

const strictest = <Voice extends VoiceSettings>(all: readonly [Voice, ...VoiceLimit[]]): Voice => {
  const voice = { ...all[0] };
  for (const name of perSession) {
    const limits = all.flatMap((each) => each[name] ?? []);
    if (limits.length > 0) voice[name] = Math.min(...limits);
  }
  return voice;
};

const MINUTE_MS = 60_000;

type Counted = Pick<VoiceLimit, "at_once" | "minutes_per_day" | "minutes_per_month">;

const accountOf = (
  name: string,
  { at_once, minutes_per_day, minutes_per_month }: Counted,
): SessionAccount => ({
  name,
  atOnce: at_once,
  dayMs: minutes_per_day === undefined ? undefined : minutes_per_day * MINUTE_MS,
  monthMs: minutes_per_month === undefined ? undefined : minutes_per_month * MINUTE_MS,
});

const isLimited = ({ atOnce, dayMs, monthMs }: SessionAccount): boolean =>
  [atOnce, dayMs, monthMs].some((limit) => limit !== undefined);
