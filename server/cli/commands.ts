// The commands of `broker users`, as one table: the command line is read by it and `--help` is printed from it.
import { clearable } from "../auth/users/user-change.ts";
import { ownLimitsSchema } from "../rates.ts";

/** An option of `parseArgs`, with what the help says about it. */
interface Option {
  type: "string";
  multiple?: true;
  default?: string | string[];
  /** Stands for the value in the help. */
  value: string;
  doc: string;
}

interface CommandRow {
  takes: "NAME" | "HASH" | undefined;
  doc: string;
  options: Readonly<Record<string, Option>>;
}

const list = new Intl.ListFormat("en-GB", { type: "disjunction" });
const kinds = list.format(Object.keys(ownLimitsSchema.shape));

const repeatable = { type: "string", multiple: true, default: [] as string[] } as const;

const decided = {
  profile: {
    ...repeatable,
    value: "PROFILE",
    doc: "a profile the user may use, instead of what the profiles allow; may be repeated",
  },
  role: { ...repeatable, value: "ROLE", doc: "a role of the user; may be repeated" },
  team: { type: "string" as const, value: "TEAM", doc: "the user's team, for reports and budgets" },
  limit: {
    ...repeatable,
    value: "KIND=RATES",
    doc: `an own limit, such as "mints=5 per minute, 100 per day"; KIND is ${kinds}; may be repeated`,
  },
};

export const commands = {
  add: { takes: "NAME", doc: "adds a user and prints the token, this once", options: decided },
  set: {
    takes: "NAME",
    doc: "changes what is named, on every replica within a second: all profiles, all roles, the team, or the limit of that kind",
    options: {
      ...decided,
      clear: {
        ...repeatable,
        value: "WHAT",
        doc: `takes away: WHAT is ${list.format(clearable)}; may be repeated`,
      },
    },
  },
  list: { takes: undefined, doc: "shows all users", options: {} },
  rotate: {
    takes: "NAME",
    doc: "prints a new token; the old ones end after the overlap",
    options: {
      overlap: {
        type: "string",
        default: "24h",
        value: "TIME",
        doc: "such as 30m, 24h (the default) or 7d; 0 ends them at once",
      },
    },
  },
  disable: {
    takes: "NAME",
    doc: "refuses the user and cuts off what is open, on every replica within a second",
    options: {},
  },
  enable: { takes: "NAME", doc: "lets the user in again", options: {} },
  remove: { takes: "NAME", doc: "forgets the user and the tokens", options: {} },
  whois: {
    takes: "HASH",
    doc: "says which user, configured token or signer has this safety identifier at OpenAI",
    options: {},
  },
  token: {
    takes: undefined,
    doc: "prints a token for `users:` in broker.yaml, and keeps nothing",
    options: {},
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

/** Options of every command. */
export const flags = { json: { type: "boolean", default: false, doc: "prints one line of JSON" } } as const;
