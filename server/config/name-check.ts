// Names in broker.yaml that must agree with each other. It reads the parsed file as it is, so that a misspelt name is told
// together with the mistakes that keep the file from being understood.
import { isJsonRecord } from "../json/record.ts";
import { nearestName, suggestNames } from "../names.ts";
import { serverOf } from "../tools/mcp/servers.ts";

/** Tools, profiles and callers that are named and not there. Tools are left out where those in code are not known. */
export const findNameProblems = (file: unknown, toolsInCode: Iterable<string> | undefined): string[] => {
  const profiles = namesOf(read(file, "profiles"), "default");
  return [
    ...(toolsInCode
      ? toolProblems(file, [...new Set([...toolsInCode, ...namesOf(read(file, "tools"))])])
      : []),
    ...list(read(file, "users")).flatMap((user, index) =>
      unknown(texts(read(user, "profiles")), profiles).map(
        (name) =>
          `users[${index}].profiles: there is no profile called ${name}${suggestNames(name, profiles)}`,
      ),
    ),
    ...audiences(file).flatMap(([at, selectors]) =>
      unknown(
        selectors.flatMap((selector) => /^profile:(.*)$/.exec(selector)?.[1] ?? []),
        profiles,
      ).map((name) => `${at}: there is no profile called ${name}${suggestNames(name, profiles)}`),
    ),
    ...selectorProblems(file),
  ];
};

const toolProblems = (file: unknown, tools: readonly string[]): string[] => {
  const servers = namesOf(read(file, "mcp_servers"));
  // What an MCP server offers is known only while it is connected, and no start should wait for that.
  const unknownTools = (names: readonly string[]) =>
    unknown(names, tools).filter((name) => !servers.includes(serverOf(name) ?? ""));
  const problem = (at: string) => (name: string) =>
    `${at}: there is no tool called ${name}${suggestNames(name, tools)}`;
  return [
    ...entriesOf(read(file, "profiles")).flatMap(([name, profile]) =>
      unknownTools(toolNamesIn(read(profile, "tools"))).map(problem(`profiles.${name}.tools`)),
    ),
    ...unknownTools(namesOf(read(file, "tool_rules"))).map((name) => problem(`tool_rules.${name}`)(name)),
  ];
};

/** A tool stands there by its name, or with how it is run. */
const toolNamesIn = (tools: unknown): string[] =>
  texts(list(tools).map((entry) => (isJsonRecord(entry) ? entry.name : entry)));

/** Selectors of `allow` lists that fit no configured caller. Users are in the database and may come at any time. */
const selectorProblems = (file: unknown): string[] => {
  const callers = read(file, "callers");
  const configured = (section: string, field: string): string[] =>
    list(read(callers, section)).flatMap((entry) => texts([read(entry, field)]));
  const known = [
    ...configured("tokens", "name").map((name) => `token:${name}`),
    ...configured("signers", "name").map((name) => `signer:${name}`),
    ...configured("issuers", "issuer").map((issuer) => `issuer:${issuer}`),
  ];
  return allowLists(file).flatMap(([at, selectors]) =>
    unknown(
      selectors.filter((selector) => /^(?:token|signer|issuer):/.test(selector)),
      known,
    ).map(
      (selector) =>
        `${at}: ${selector} fits no configured caller${known.length > 0 ? suggestNames(selector, known) : ""}`,
    ),
  );
};

/** Whether tools come from elsewhere too, from the operator's files or an API's description: those are read after the file. */
export const hasToolsElsewhere = (file: unknown): boolean =>
  read(file, "tools_dir") !== undefined || list(read(file, "openapi")).length > 0;

/**
 * Roles that no caller has, or that nothing is for. Roles come with the callers, so of most of them only what is nearly another
 * one is told. `stored` are those of users in the database: where they are known, and no issuer gives roles, the rest is certain.
 */
export const findRoleProblems = (file: unknown, stored?: readonly string[]): string[] => {
  const given = givenRoles(file);
  const asked = askedRoles(file);
  const held = new Set([...given.map(({ role }) => role), ...(stored ?? [])]);
  const named = new Set(asked.map(({ role }) => role));
  const isCertain = stored !== undefined && !issuersGiveRoles(file);
  return [
    ...asked
      .filter(({ role }) => !held.has(role))
      .flatMap(({ at, role }) => {
        const near = nearestName(role, [...held, ...named]);
        if (near === undefined && !isCertain) return [];
        return [
          `${at}: no caller here has the role ${role}${near === undefined ? "" : `; did you mean ${near}?`}`,
        ];
      }),
    ...given
      .filter(({ role }) => !named.has(role))
      .flatMap(({ at, role }) => {
        const near = nearestName(role, [...named, ...held]);
        return near === undefined
          ? []
          : [`${at}: nothing here is for the role ${role}; did you mean ${near}?`];
      }),
  ];
};

const issuersGiveRoles = (file: unknown): boolean =>
  list(read(read(file, "callers"), "issuers")).some(
    (issuer) => list(read(read(issuer, "claims"), "roles")).length > 0,
  );

/** The roles that `allow` lists and `roles` name. */
export const rolesNamedIn = (file: unknown): string[] => [
  ...new Set(askedRoles(file).map(({ role }) => role)),
];

interface RoleUse {
  at: string;
  role: string;
}

const givenRoles = (file: unknown): RoleUse[] => {
  const callers = read(file, "callers");
  const sections = {
    "callers.tokens": read(callers, "tokens"),
    "callers.signers": read(callers, "signers"),
    users: read(file, "users"),
  };
  return Object.entries(sections).flatMap(([section, entries]) =>
    list(entries).flatMap((entry, index) =>
      texts(read(entry, "roles")).map((role) => ({ at: `${section}[${index}].roles`, role })),
    ),
  );
};

const askedRoles = (file: unknown): RoleUse[] => [
  ...allowLists(file).flatMap(([at, selectors]) =>
    selectors.flatMap((selector) =>
      selector.startsWith("role:") ? [{ at, role: selector.slice("role:".length) }] : [],
    ),
  ),
  ...namesOf(read(file, "roles")).map((role) => ({ at: `roles.${role}`, role })),
];

const allowLists = (file: unknown): [at: string, selectors: string[]][] => [
  ...["profiles", "tool_rules", "relay"].flatMap((section) =>
    entriesOf(read(file, section)).map(([name, entry]): [string, string[]] => [
      `${section}.${name}.allow`,
      texts(read(entry, "allow")),
    ]),
  ),
  ...["metrics", "operators"].map((section): [string, string[]] => [
    `${section}.allow`,
    texts(read(read(file, section), "allow")),
  ]),
  ...audiences(file),
];

/** Whom budgets and limits of sessions are for. */
const audiences = (file: unknown): [at: string, selectors: string[]][] =>
  ["budgets", "voice_limits"].flatMap((section) =>
    list(read(file, section)).map((entry, index): [string, string[]] => [
      `${section}[${index}].for`,
      texts([read(entry, "for")].flat()),
    ]),
  );

const unknown = (names: readonly string[], known: readonly string[]): string[] =>
  [...new Set(names)].filter((name) => !known.includes(name));

const read = (node: unknown, name: string): unknown =>
  isJsonRecord(node) && Object.hasOwn(node, name) ? node[name] : undefined;

const entriesOf = (node: unknown): [string, unknown][] => (isJsonRecord(node) ? Object.entries(node) : []);

/** The names of a section's entries; those of its default where it is left out. */
const namesOf = (node: unknown, ...standard: string[]): string[] =>
  node === undefined ? standard : entriesOf(node).map(([name]) => name);

const list = (node: unknown): unknown[] => (Array.isArray(node) ? node : []);

const texts = (node: unknown): string[] => list(node).filter((each) => typeof each === "string");
