// The list of users as an aligned table.
import { type ListedUser, writtenLimits } from "../auth/users/users.ts";

const heading = ["NAME", "STATE", "LAST USED", "CREATED", "TOKENS", "TEAM", "ROLES", "PROFILES", "LIMITS"];

/** Lines of aligned columns, the heading first. `now` is in milliseconds since 1970. */
export const usersTable = (users: readonly ListedUser[], now: number): string[] => {
  const rows = [heading, ...users.map((user) => cellsOf(user, now))];
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
};

export const stateOf = (user: Pick<ListedUser, "disabledAt">): "active" | "disabled" =>
  user.disabledAt === undefined ? "active" : "disabled";

const cellsOf = (user: ListedUser, now: number): string[] => [
  user.name,
  stateOf(user),
  user.lastUsedAt === undefined ? "never" : ago(now - user.lastUsedAt),
  new Date(user.createdAt).toISOString().slice(0, 10),
  String(user.tokens.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now).length),
  user.team ?? "-",
  listed(user.roles),
  user.profiles === undefined ? "as allowed" : listed(user.profiles),
  listed(Object.entries(writtenLimits(user.limits)).map(([kind, rates]) => `${kind}=${rates}`)),
];

const listed = (texts: readonly string[]): string => (texts.length === 0 ? "-" : texts.join(", "));

const steps = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** `just now`, `3 minutes ago`, `2 days ago`. */
export const ago = (ms: number): string => {
  const [unit, length] = steps.find(([, each]) => ms >= each) ?? [];
  if (unit === undefined) return "just now";
  return new Intl.RelativeTimeFormat("en").format(-Math.floor(ms / length), unit);
};
