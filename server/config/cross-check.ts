// Checks across the parts of the configuration: names that must agree, and what is missing to start.
import { suggestNames } from "../names.ts";
import { toolsIn } from "../profiles/session.ts";
import { isSample } from "../secret-schema.ts";
import { clusterNodes } from "../store/cluster-nodes.ts";
import { findCertifiedKeyProblems } from "./certified-keys.ts";
import type { Config } from "./load.ts";
import { findNameProblems } from "./name-check.ts";
import { findOpenAiNameProblems } from "./openai-name-check.ts";
import { findSupervisionProblems } from "./supervision-check.ts";

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
  ...findCertifiedKeyProblems(config),
  ...callerProblems(config, knownUsers, hasHost),
  ...signInProblems(config),
  ...profileProblems(config),
  ...findSupervisionProblems(config),
  ...findNameProblems(config, toolNames),
  ...findOpenAiNameProblems(config, config.settings),
  ...(config.settings.relay_cache === "redis" && !config.settings.redis_url
    ? ["RELAY_CACHE: is redis, and REDIS_URL is not set"]
    : []),
  ...redisProblems(config.settings),
  ...metricsPortProblems(config.settings),
  ...recordProblems(config),
];

const redisProblems = ({ redis_url: url, redis_cluster: isCluster }: Config["settings"]): string[] => {
  if (isCluster && !url) return ["REDIS_CLUSTER: is true, and REDIS_URL is not set"];
  if (!isCluster && url && clusterNodes(url.reveal()).length > 1) {
    return [
      "REDIS_URL: names several servers, which only a cluster has; set REDIS_CLUSTER to true, or name one",
    ];
  }
  return [];
};

// Contents are kept beside the records of the books.
const recordProblems = ({ settings, profiles, relay = {} }: Config): string[] => {
  if (settings.usage) return [];
  const parts = { profiles, relay };
  return Object.entries(parts).flatMap(([part, entries]) =>
    Object.entries(entries)
      .filter(([, { record }]) => record.length > 0)
      .map(([name]) => `${part}.${name}.record: needs the books, which USAGE=false turns off; remove one`),
  );
};

const metricsPortProblems = ({ port, metrics_port: own }: Config["settings"]): string[] =>
  own !== undefined && own === port && port !== 0
    ? [`METRICS_PORT: ${own} is PORT too; choose another, or leave it out and use /metrics there`]
    : [];

const keyProblems = ({ settings, upstream_keys: keys }: Config): string[] => {
  if (!settings.openai_api_key && keys.length === 0) {
    return ["OPENAI_API_KEY: is not set, and there are no upstream_keys; without one no key can be minted"];
  }
  if (settings.openai_api_key && keys.some(({ name }) => name === "default")) {
    return ["upstream_keys: default is the name of OPENAI_API_KEY; choose another, or unset that"];
  }
  // The rotation of one would delete the secret of the other.
  const secrets = [...keys.map(({ secret }) => secret), settings.openai_api_key];
  return keys
    .filter(
      ({ rotate, secret }) =>
        rotate && secret && !isSample(secret) && secrets.filter((each) => each?.isSame(secret)).length > 1,
    )
    .map(
      ({ name }) =>
        `upstream_keys.${name}.rotate: another key has the same secret; rotate one that is used once`,
    );
};

const callerProblems = (
  { callers, users }: Config,
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
  return problems;
};

// A token that the page gets there would be refused here.
const signInProblems = ({ operators, callers }: Config): string[] => {
  const { issuer } = operators.sign_in ?? {};
  const known = callers.issuers.map((each) => each.issuer);
  if (issuer === undefined || known.includes(issuer)) return [];
  return [
    `operators.sign_in.issuer: ${issuer} is not among callers.issuers${suggestNames(issuer, known)}; its tokens would not be accepted`,
  ];
};

const profileProblems = ({ profiles }: Config): string[] =>
  Object.entries(profiles).flatMap(([name, { tools, session }]) => {
    const at = `profiles.${name}`;
    const own = toolsIn(session);
    return own.tools.some((tool) => tool.type === "function" && tools.includes(tool.name))
      ? [`${at}.session.${own.at}: names a tool that ${at}.tools offers already`]
      : [];
  });
