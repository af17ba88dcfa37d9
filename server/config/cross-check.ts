// Checks across the parts of the configuration: names that must agree, and what is missing to start.
import type { Allow } from "../auth/allow.ts";
import type { Config } from "./load.ts";

/**
 * Problems that stop the start. `toolNames` are those of the catalogue and of broker.yaml; `knownUsers` is the number of
 * users in the database, undefined where the database does not answer. `hasHost` says whether an application hands callers over.
 */
export const findProblems = (
  config: Config,
  toolNames: ReadonlySet<string>,
  knownUsers: number | undefined,
  hasHost = false,
): string[] => [
  ...keyProblems(config),
  ...callerProblems(config, knownUsers, hasHost),
  ...profileProblems(config, toolNames),
  ...Object.keys(config.tool_rules)
    .filter((name) => !toolNames.has(name))
    .map((name) => `tool_rules.${name}: there is no tool called ${name}`),
  ...(config.settings.relay_cache === "redis" && !config.settings.redis_url
    ? ["RELAY_CACHE: is redis, and REDIS_URL is not set"]
    : []),
  ...selectorProblems(config),
];

const keyProblems = ({ settings, upstream_keys: keys }: Config): string[] => {
  if (!settings.openai_api_key && keys.length === 0) {
    return ["OPENAI_API_KEY: is not set, and there are no upstream_keys; without one no key can be minted"];
  }
  if (settings.openai_api_key && keys.some(({ name }) => name === "default")) {
    return ["upstream_keys: default is the name of OPENAI_API_KEY; choose another, or unset that"];
  }
  return [];
};

const callerProblems = (
  { callers, users, profiles }: Config,
  knownUsers: number | undefined,
  hasHost: boolean,
): string[] => {
  const problems: string[] = [];
  const { guests, tokens, signers, issuers } = callers;
  const isClosed = guests === "none" && [tokens, signers, issuers].every((all) => all.length === 0);
  if (isClosed && !hasHost && users.length === 0 && knownUsers === 0) {
    problems.push(
      "callers: nobody could call this service; add a user with `npx broker users add NAME`, or set callers.tokens, callers.issuers or callers.guests in broker.yaml (see broker.example.yaml)",
    );
  }
  if (callers.challenge && guests !== "anyone") {
    problems.push(
      "callers.challenge: is for guests from anywhere; set callers.guests to anyone, or remove it",
    );
  }
  for (const [index, user] of users.entries()) {
    const unknown = user.profiles?.filter((name) => !Object.hasOwn(profiles, name)) ?? [];
    problems.push(...unknown.map((name) => `users[${index}].profiles: there is no profile called ${name}`));
  }
  return problems;
};

const profileProblems = ({ profiles }: Config, toolNames: ReadonlySet<string>): string[] =>
  Object.entries(profiles).flatMap(([name, { tools, session }]) => {
    const at = `profiles.${name}`;
    const problems = tools
      .filter((tool) => !toolNames.has(tool))
      .map((tool) => `${at}.tools: there is no tool called ${tool}`);
    const own = session.type === "realtime" ? (session.tools ?? []) : [];
    if (own.some((tool) => tool.type === "function" && tools.includes(tool.name)))
      problems.push(`${at}.session.tools: names a tool that ${at}.tools offers already`);
    return problems;
  });

/** Selectors of `allow` lists that fit no configured caller. */
const selectorProblems = (config: Config): string[] => {
  const sections = { profiles: config.profiles, tool_rules: config.tool_rules, relay: config.relay ?? {} };
  const lists = Object.entries(sections).flatMap(([section, entries]) =>
    Object.entries(entries).map(([name, { allow }]) => [`${section}.${name}`, allow] as const),
  );
  const { tokens, signers, issuers } = config.callers;
  const known = new Set<string>([
    ...tokens.map(({ name }) => `token:${name}`),
    ...signers.map(({ name }) => `signer:${name}`),
    ...issuers.map(({ issuer }) => `issuer:${issuer}`),
  ]);
  // Users are in the database and roles come with the callers: neither is known here.
  const isUnknown = (selector: string) => /^(?:token|signer|issuer):/.test(selector) && !known.has(selector);
  return [...lists, ["metrics", config.metrics.allow] as const].flatMap(
    ([at, allow]: readonly [string, Allow]) =>
      allow.filter(isUnknown).map((selector) => `${at}.allow: ${selector} fits no configured caller`),
  );
};
