// The help names everything that the command line takes, and nothing else.
import { expect, it } from "vitest";
import { readCommand } from "../../../server/cli/arguments.ts";
import { help } from "../../../server/cli/help.ts";
import { ownLimitsSchema } from "../../../server/rates.ts";

const values: Record<string, string> = {
  PROFILE: "default",
  ROLE: "support",
  TEAM: "support",
  "KIND=RATES": "mints=none",
  TIME: "7d",
  WHAT: "mints",
};

// Each command with its own options, as the help's lines have them.
const told = help.split(/\n(?= {2}\w)/).slice(1);
const HASH = "0123456789abcdef".repeat(4);

it("names every command", () => {
  const names = told.map((lines) => /\w+/.exec(lines)?.[0]);
  expect(names).toEqual(["add", "set", "list", "rotate", "disable", "enable", "remove", "whois", "token"]);
});

it.each(told)("%s\n… works as it says", (lines) => {
  const [, name = "", takes] = /^ +(\w+)(?: (NAME|HASH))?/.exec(lines) ?? [];
  const options = [...lines.matchAll(/^ {4}(--\w+) (\S+)/gm)].flatMap(([, option = "", value = ""]) => [
    option,
    values[value] ?? "",
  ]);
  const command = [
    "users",
    name,
    ...(takes === "NAME" ? ["bob"] : takes === "HASH" ? [HASH] : []),
    ...options,
  ];
  expect(readCommand([...command, "--json"])).toMatchObject({ do: name, json: true });
  expect(() => readCommand([...command, "one-more"])).toThrow(/takes no name|one too many/);
});

it("names every kind of limit that --limit takes", () => {
  const [, kinds = ""] = /KIND is ([^;]+)/.exec(help) ?? [];
  expect(kinds.split(/, or |, | or /)).toEqual(Object.keys(ownLimitsSchema.shape));
  for (const kind of Object.keys(ownLimitsSchema.shape)) {
    const limits = { [kind]: [{ count: 5, per: "minute" }] };
    expect(readCommand(["users", "add", "bob", "--limit", `${kind}=5 per minute`])).toMatchObject({
      user: { limits },
    });
  }
});

it("names every option that a command takes", () => {
  for (const option of ["profile", "role", "team", "limit", "overlap", "json"])
    expect(help).toContain(`--${option} `);
  for (const option of ["--colour", "--prefix=1"])
    expect(() => readCommand(["users", "add", "bob", option])).toThrow(/Unknown option/);
});
