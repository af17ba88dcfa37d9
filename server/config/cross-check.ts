// What no part of the configuration can see alone: names that must agree, and what is missing to start.
import type { Allow } from "../auth/allow.ts";
import { sessionWarnings } from "../profiles/deprecations.ts";
import { credentialWarnings } from "../profiles/readable-credentials.ts";
import type { Config } from "./load.ts";

/**
 * Problems that stop the start. `toolNames` are those of the catalogue and of broker.yaml together; `knownUsers` counts
 * those in the database, and is undefined when it cannot be asked.
 */
export const findProblems = (
  config: Config,
  toolNames: ReadonlySet<string>,
  knownUsers: number | undefined,
): string[] => {
  const problems: string[] = [];
  const { callers, profiles } = config;
  const { openai_api_key: ownKey } = config.settings;
  if (!ownKey && config.upstream_keys.length === 0) {
    problems.push(
      "OPENAI_API_KEY: is not set, and there are no upstream_keys; without one no key can be minted",
    );
  }
  if (ownKey && config.upstream_keys.some(({ name }) => name === "default")) {
    problems.push("upstream_keys: default is the name of OPENAI_API_KEY; choose another, or unset that");
  }
  const { guests, tokens, signers, issuers } = callers;
  const isClosed = guests === "none" && [tokens, signers, issuers].every((all) => all.length === 0);
  if (isClosed && config.users.length === 0 && knownUsers === 0) {
    problems.push(
      "callers: nobody could call this service; add a user with `npx broker users add NAME`, or set callers.tokens, callers.issuers or callers.guests in broker.yaml (see broker.example.yaml)",
    );
  }
  if (callers.challenge && guests !== "anyone") {
    problems.push(
      "callers.challenge: is for guests from anywhere; set callers.guests to anyone, or remove it",
    );
  }
  for (const [index, user] of config.users.entries()) {
    const unknown = user.profiles?.filter((name) => !Object.hasOwn(profiles, name)) ?? [];
    problems.push(...unknown.map((name) => `users[${index}].profiles: there is no profile called ${name}`));
  }
  for (const [name, { tools, allow, session }] of Object.entries(profiles)) {
    const at = `profiles.${name}`;
    const own = session.type === "realtime" ? (session.tools ?? []) : [];
    const taken = own.filter((tool) => tool.type === "function" && tools.includes(tool.name));
    problems.push(
      ...tools
        .filter((tool) => !toolNames.has(tool))
        .map((tool) => `${at}.tools: there is no tool called ${tool}`),
      ...(taken.length > 0 ? [`${at}.session.tools: names a tool that ${at}.tools offers already`] : []),
      ...unknownSelectors(allow, config).map(
        (selector) => `${at}.allow: ${selector} fits no configured caller`,
      ),
    );
  }
  for (const [name, { allow }] of Object.entries(config.tool_rules)) {
    const at = `tool_rules.${name}`;
    if (!toolNames.has(name)) problems.push(`${at}: there is no tool called ${name}`);
    problems.push(
      ...unknownSelectors(allow, config).map((each) => `${at}.allow: ${each} fits no configured caller`),
    );
  }
  if (config.settings.relay_cache === "redis" && !config.settings.redis_url) {
    problems.push("RELAY_CACHE: is redis, and REDIS_URL is not set");
  }
  for (const [name, { allow }] of Object.entries(config.relay ?? {})) {
    problems.push(
      ...unknownSelectors(allow, config).map(
        (each) => `relay.${name}.allow: ${each} fits no configured caller`,
      ),
    );
  }
  const { allow } = config.metrics;
  problems.push(
    ...unknownSelectors(allow, config).map((each) => `metrics.allow: ${each} fits no configured caller`),
  );
  return problems;
};

const unknownSelectors = (allow: Allow, { callers }: Config): string[] => {
  const known = new Set<string>([
    ...callers.tokens.map(({ name }) => `token:${name}`),
    ...callers.signers.map(({ name }) => `signer:${name}`),
    ...callers.issuers.map(({ issuer }) => `issuer:${issuer}`),
  ]);
  // Users live in the database and roles come with callers: neither can be known here.
  return allow.filter((selector) => /^(?:token|signer|issuer):/.test(selector) && !known.has(selector));
};

/** What is worth a warning at start. `today` is `YYYY-MM-DD`. */
export const findWarnings = (config: Config, today: string): string[] => {
  const { profiles, callers, settings, upstream_keys: upstreamKeys } = config;
  const warnings = Object.entries(profiles).flatMap(([name, { session }]) =>
    [...sessionWarnings(session, today), ...credentialWarnings(session)].map(
      (warning) => `profiles.${name}.${warning}`,
    ),
  );
  for (const { name, base_url: url } of upstreamKeys) {
    if (isPlainHttp(url))
      warnings.push(`upstream_keys: ${name} travels without encryption to ${url}; use https`);
  }
  for (const { issuer, jwks_url: keys = issuer } of callers.issuers) {
    if (isPlainHttp(keys)) {
      warnings.push(`callers.issuers: the keys of ${issuer} travel without encryption; use https`);
    }
  }
  if (settings.trusted_proxies?.some((network) => network.endsWith("/0"))) {
    warnings.push("TRUSTED_PROXIES: a network of /0 lets every caller choose its own address");
  }
  if (callers.challenge && settings.redis_url && !settings.token_hash_key && !isShared(settings)) {
    warnings.push(
      "callers.challenge: replicas refuse each other's challenges; set TOKEN_HASH_KEY to the same value on all",
    );
  }
  if (settings.redis_url && !settings.safety_identifier_salt && !isShared(settings)) {
    warnings.push(
      "SAFETY_IDENTIFIER_SALT: replicas tell OpenAI different identifiers of the same caller; set it to the same value on all",
    );
  }
  if (callers.guests === "anyone") {
    warnings.push("callers.guests: anyone who reaches this service can spend your OpenAI money");
  }
  return warnings;
};

const isShared = ({ database_url: database }: Config["settings"]): boolean => database.kind === "postgres";

const isPlainHttp = (url: string): boolean => /^http:\/\/(?!localhost[:/]|127\.|\[::1\])/.test(url);
