// Composes doctor's checks of OpenAI's side: of each server, each address and each upstream key.
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import type { Disposal } from "../disposal.ts";
import { adminKeyCheck } from "../doctor/admin-key.ts";
import { baseUrlCheck, subjectOfUrl } from "../doctor/base-url.ts";
import { callCheck } from "../doctor/call.ts";
import { clockCheck } from "../doctor/clock.ts";
import { dnsCheck } from "../doctor/dns.ts";
import type { Check } from "../doctor/finding.ts";
import { identityCheck } from "../doctor/identity.ts";
import { keyCheck } from "../doctor/key.ts";
import { keyFormatCheck } from "../doctor/key-format.ts";
import { latencyCheck } from "../doctor/latency.ts";
import { limitsBy } from "../doctor/limit.ts";
import { mintingCheck } from "../doctor/minting.ts";
import { modelsCheck } from "../doctor/models.ts";
import { nodeNetwork } from "../doctor/network.node.ts";
import { nameOfPlace, placeOf } from "../doctor/network.ts";
import type { DoctorKey } from "../doctor/openai.ts";
import { openAiAccess } from "../doctor/openai.undici.ts";
import { proxyCheck } from "../doctor/proxy.ts";
import { reachCheck } from "../doctor/reach.ts";
import { sessionCheck } from "../doctor/session.ts";
import { storedKeyCheck } from "../doctor/stored-key.ts";
import { tlsCheck } from "../doctor/tls.ts";
import { modelOf } from "../mint/mint.ts";
import { proxiesOf } from "../net/proxies.ts";
import { openTunnel } from "../net/tunnel.node.ts";
import type { Random } from "../random.ts";
import type { Secret } from "../secret.ts";
import { requestAgent } from "../upstream/agents.undici.ts";
import { createHttpClient } from "../upstream/http-client.undici.ts";
import type { AccessToken } from "../upstream/identity/token-exchange.ts";
import { mintAccount } from "../upstream/mint.openai.ts";
import { openAiOrganization } from "../upstream/organization.openai.ts";
import { mintedOf, modelsOf, profilesOf } from "./doctor-profiles.ts";
import type { Outgoing } from "./outgoing.ts";
import type { StoredSecrets } from "./stored-secrets.ts";
import { settingOfKey, upstreamKeysOf } from "./upstream-keys.ts";
import { folderOf, obtainTokens } from "./workload-identities.ts";

export interface UpstreamDoctorPorts {
  clock: Clock;
  timers: Timers;
  random: Pick<Random, "bytes">;
  outgoing: Outgoing;
  stored: StoredSecrets;
  /** For OpenAI's admin API, where one is configured. */
  adminKey: Secret | undefined;
}

/** `withSession` allows what costs money, and the call beside it. What is opened is closed by `stack`. */
export const upstreamChecks = (
  config: Config,
  { withSession }: { withSession: boolean },
  ports: UpstreamDoctorPorts,
  stack: Disposal,
): readonly Check[] => {
  const { clock, timers, random, outgoing, stored, adminKey } = ports;
  const agent = requestAgent(undefined, outgoing.connector);
  stack.defer(() => agent.destroy());
  const http = createHttpClient(agent);
  const folder = folderOf(config);
  const keys = upstreamKeysOf(config).map((key): KeyToExamine => {
    const kept = stored.get(key.name);
    const [secret, unknown] = kept instanceof Error ? [key.secret, kept.message] : [kept ?? key.secret];
    const { workload_identity: identity } = key;
    const token = examinedToken(secret, identity && obtainTokens(identity, folder, { http, clock }));
    const own = { ...key, token };
    const { mint } = mintAccount(own, { http, clock });
    const access = openAiAccess(own, { agent, mint, ready: token.ready, clock });
    const { name, base_url: baseUrl, organization, project, models } = key;
    const setting = settingOfKey(config, name);
    const baseUrlSetting =
      setting === "OPENAI_API_KEY" ? "OPENAI_BASE_URL" : `base_url of ${name} in broker.yaml`;
    const { obtain } = token;
    const place = { setting, baseUrl, baseUrlSetting, organization, project };
    return { name, secret, unknown, ...place, models, access, obtain };
  });
  const startLimit = limitsBy(timers);
  const proxyFor = proxiesOf(config.settings);
  const targetOf = ({ host, port, isTls }: ReturnType<typeof placeOf>) => ({
    protocol: isTls ? "https:" : "http:",
    ...{ hostname: host, port: String(port) },
  });
  const network = nodeNetwork({ clock, openTunnel, proxyOf: (place) => proxyFor(targetOf(place)) });

  const ofPlace = ({ baseUrl, baseUrlSetting }: DoctorKey): Check[] => {
    const place = placeOf(baseUrl);
    const proxy = proxyFor(targetOf(place));
    const way = proxy
      ? [proxyCheck(place, new URL(proxy.reveal()).host, network)]
      : [dnsCheck(place, baseUrlSetting, network), reachCheck(place, { network, startLimit })];
    return place.isTls ? [...way, tlsCheck(place, { network, clock })] : way;
  };
  const ofAddress = (key: DoctorKey): Check[] => [
    baseUrlCheck(key),
    clockCheck(subjectOfUrl(key.baseUrl), key),
  ];
  const ofKey = (key: KeyToExamine): Check[] => {
    const profiles = profilesOf(config, key);
    const talking = profiles.map(({ session }) => session).find(({ type }) => type === "realtime");
    const model = talking && modelOf(talking);
    const session = [
      sessionCheck(key, model, { clock, startLimit }),
      callCheck(key, model, { startLimit, randomHex: () => random.bytes(32).toString("hex") }),
    ];
    const wanted = modelsOf(profiles, key);
    const form = formCheck(key);
    const common = [form, keyCheck(key), modelsCheck(key, wanted, clock)];
    // One for text alone mints nothing.
    if (profiles.length === 0) return common;
    return [...common, mintingCheck(key, mintedOf(profiles), clock), ...(withSession ? session : [])];
  };
  const admin = () => {
    const { openai_base_url: baseUrl } = config.settings;
    if (!adminKey) return [];
    const organization = openAiOrganization({ adminKey, baseUrl, fetch: outgoing.fetch });
    return [adminKeyCheck(subjectOfUrl(baseUrl), { organization, clock })];
  };
  return [
    ...firstOfEach(keys, ({ baseUrl }) => nameOfPlace(placeOf(baseUrl))).flatMap(ofPlace),
    ...firstOfEach(keys, ({ baseUrl }) => baseUrl).flatMap(ofAddress),
    ...keys.flatMap(ofKey),
    ...firstOfEach(keys, ({ baseUrl }) => baseUrl).map(latencyCheck),
    ...admin(),
  ];
};

const formCheck = (key: KeyToExamine): Check => {
  if (key.unknown !== undefined) return storedKeyCheck(key, key.unknown);
  return key.secret ? keyFormatCheck(key, key.secret) : identityCheck(key, key.obtain);
};

interface KeyToExamine extends DoctorKey {
  /** Why the secret in service is not known. */
  unknown: string | undefined;
  /** An access token for its workload identity, which all requests show from then on. */
  obtain(signal: AbortSignal): Promise<AccessToken>;
  models: readonly string[] | undefined;
}

const noIdentity = (): never => {
  throw new Error("the key has no workload identity");
};

/** The secret, or an access token that is obtained once. */
const examinedToken = (
  secret: Secret | undefined,
  obtain: (signal: AbortSignal) => Promise<AccessToken> = noIdentity,
) => {
  let held = secret;
  let obtaining: Promise<AccessToken> | undefined;
  const obtainOnce = (signal: AbortSignal): Promise<AccessToken> => {
    obtaining ??= obtain(signal).then((token) => {
      held = token.secret;
      return token;
    });
    return obtaining;
  };
  return {
    current: (): Secret => {
      if (held) return held;
      throw new Error("there is no access token yet");
    },
    obtain: obtainOnce,
    ready: async (signal: AbortSignal): Promise<void> => {
      if (!held) await obtainOnce(signal);
    },
  };
};

const firstOfEach = <T>(all: readonly T[], nameOf: (each: T) => string): readonly T[] =>
  [...new Map(all.toReversed().map((each) => [nameOf(each), each])).values()].toReversed();
