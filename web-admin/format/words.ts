// What the page calls things.
import type { VoiceSession } from "../api/answers.ts";
import type { Dimension, FilterName, Measure, Range } from "../state/address.ts";
import { money, short, shortMoney, whole } from "./format.ts";

export const dimensionWords: Record<Dimension, { one: string; many: string; none: string }> = {
  user: { one: "User", many: "Users", none: "(unknown)" },
  team: { one: "Team", many: "Teams", none: "No team" },
  model: { one: "Model", many: "Models", none: "No model" },
  profile: { one: "Profile", many: "Profiles", none: "No profile" },
  tool: { one: "Tool", many: "Tools", none: "No tool" },
  upstream_key: { one: "Upstream key", many: "Upstream keys", none: "No key" },
};

export const filterWords: Record<FilterName, string> = {
  ...{ user: "User", team: "Team", model: "Model", profile: "Profile" },
  ...{ tool: "Tool", kind: "Kind", upstream_key: "Upstream key" },
};

export const rangeWords: Record<Range, { brief: string; long: string }> = {
  "24h": { brief: "24h", long: "the last 24 hours" },
  "7d": { brief: "7d", long: "the last 7 days" },
  "30d": { brief: "30d", long: "the last 30 days" },
  month: { brief: "This month", long: "this month" },
  custom: { brief: "Custom", long: "the chosen days" },
};

export const kindWords: Record<string, string> = {
  ...{ relay: "Relayed", mint: "Key minted", "tool-call": "Tool call", report: "Report" },
  ...{ session: "Session started", voice: "In a session" },
};

/** Why a session ended. */
export const reasonWords: Record<NonNullable<VoiceSession["reason"]>, string> = {
  "hung-up": "the caller hung up",
  "caller-left": "the browser is gone",
  budget: "a budget is used up",
  cost: "its cost limit",
  duration: "its time is up",
  idle: "it was silent for too long",
  minutes: "the minutes of the day or month are used up",
  tokens: "its token limit",
  operator: "an operator ended it",
  "user-disabled": "the user was disabled",
  altered: "the page changed it again and again",
  moderation: "what was said was flagged",
  "sideband-lost": "it could not be watched over",
  "closed-by-openai": "OpenAI ended it",
  expired: "OpenAI's hour was over",
  "not-started": "it did not start",
};

interface MeasureWords {
  name: string;
  /** What it is, and whom to believe. */
  note: string;
  exact(value: number): string;
  axis(value: number): string;
}

export const measureWords: Record<Measure, MeasureWords> = {
  cost: { name: "Spend", note: "Metered: OpenAI told the usage", exact: money, axis: shortMoney },
  tokens: { name: "Tokens", note: "Metered: OpenAI told the usage", exact: whole, axis: short },
  requests: { name: "Requests", note: "All that known callers asked", exact: whole, axis: short },
  keys: { name: "Keys minted", note: "What a key is used for is not known here", exact: whole, axis: short },
  reported: {
    name: "Reported spend",
    note: "Told by pages, which are not trusted",
    exact: money,
    axis: shortMoney,
  },
};
