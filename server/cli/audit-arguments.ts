// Reads the words of `broker audit …`.
import { parseArgs } from "node:util";
import { suggestNames } from "../names.ts";
import { CommandError } from "./terminal.ts";

export type AuditCommand =
  | {
      do: "verify";
      /** Milliseconds since 1970. */
      since: number | undefined;
      /** As a log line `audit-anchor` has it. */
      anchor: { number: number; hash: string } | undefined;
      json: boolean;
    }
  | { do: "tail"; count: number; follow: boolean; json: boolean }
  | { do: "export"; since: number; until: number; as: "csv" | "json" };

const names = ["verify", "tail", "export"];
const flag = { type: "boolean", default: false } as const;
const text = { type: "string" } as const;

const options = {
  verify: { since: text, anchor: text, json: flag },
  tail: { lines: { ...text, short: "n", default: "20" }, follow: { ...flag, short: "f" }, json: flag },
  export: { since: text, until: text, json: flag, csv: flag },
} as const;

/** `now`: milliseconds since 1970. Throws a `CommandError` that says what was not understood. */
export const readAuditCommand = ([name, ...words]: readonly string[], now: number): AuditCommand => {
  switch (name) {
    case undefined:
      throw misused("say what to do with the audit trail: verify, tail or export");
    case "verify": {
      const { since, anchor, json } = parse(words, options.verify);
      return { do: name, since: optional(since, momentOf("--since", now)), anchor: anchorOf(anchor), json };
    }
    case "tail": {
      const { lines, follow, json } = parse(words, options.tail);
      return { do: name, count: countOf(lines), follow, json };
    }
    case "export": {
      const { since, until, json, csv } = parse(words, options.export);
      if (json && csv) throw misused("either --json or --csv");
      const from = optional(since, momentOf("--since", now)) ?? 0;
      const to = optional(until, momentOf("--until", now)) ?? Number.MAX_SAFE_INTEGER;
      if (from >= to) throw misused("--since: must be before --until");
      return { do: name, since: from, until: to, as: csv ? "csv" : "json" };
    }
    default:
      throw misused(`there is no command audit ${name}${suggestNames(name, names)}`);
  }
};

const parse = <Options extends (typeof options)[keyof typeof options]>(
  words: readonly string[],
  known: Options,
) => {
  try {
    return parseArgs({ args: [...words], options: known }).values;
  } catch (error) {
    throw misused(error instanceof Error ? (error.message.split(". ", 1)[0] ?? "") : "");
  }
};

const optional = <T>(value: string | undefined, read: (text: string) => T): T | undefined =>
  value === undefined ? undefined : read(value);

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time ago, such as `24h`, or a day or moment in UTC, such as `2026-11-21` or `2026-11-21T13:00`. */
const momentOf =
  (option: string, now: number) =>
  (given: string): number => {
    const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(given) ?? [];
    if (count !== undefined) return now - Number(count) * UNITS[unit as keyof typeof UNITS];
    const [, day, time, zone = "Z"] =
      /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(given) ?? [];
    const moment = day === undefined ? Number.NaN : Date.parse(`${day}T${time ?? "00:00"}${zone}`);
    if (!Number.isNaN(moment)) return moment;
    throw misused(
      `${option}: must be a time ago such as 24h or 7d, or a day or moment such as 2026-11-21T13:00 (UTC)`,
    );
  };

const countOf = (lines: string): number => {
  if (/^[1-9]\d{0,3}$/.test(lines)) return Number(lines);
  throw misused("--lines: must be a number from 1 to 9999");
};

const anchorOf = (given: string | undefined): { number: number; hash: string } | undefined => {
  if (given === undefined) return undefined;
  const [, number, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/i.exec(given) ?? [];
  if (hash !== undefined) return { number: Number(number), hash: hash.toLowerCase() };
  throw misused(
    "--anchor: must be NUMBER:HASH, both as the log line audit-anchor has them, the hash with its 64 hexadecimal digits",
  );
};

const misused = (message: string): CommandError => new CommandError(`${message} (see broker --help)`, 2);
