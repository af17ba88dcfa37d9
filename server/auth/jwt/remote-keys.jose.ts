// An identity provider's public keys: found by discovery, cached by jose, and refetched at most once per cool-down.
import type { JWTVerifyGetKey } from "jose";
import { createRemoteJWKSet, customFetch } from "jose/jwks/remote";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Clock } from "../../clock.ts";

export interface KeySource {
  issuer: string;
  /** Where the keys are; found by OpenID Connect Discovery where it is not given. */
  jwks_url?: string | undefined;
  cooldown_seconds: number;
}

export interface KeySourcePorts {
  fetch: typeof globalThis.fetch;
  clock: Pick<Clock, "now">;
  /** Called when an issuer's known keys could not be refreshed; they stay in use. */
  onStale(issuer: string, error: unknown): void;
}

/** Key sets of issuers, for all configurations of one process together. */
const MAX_SOURCES = 100;
const TIMEOUT_MS = 5000;
const MAX_BYTES = 1024 * 1024;
/** Older keys are refreshed by the next token. It is still checked by the old ones, so that no caller waits. */
const REFRESH_MS = 10 * 60_000;

/**
 * The keys of each source, the same for equal sources: keys that were fetched before a change of the configuration are
 * used after it.
 */
export const remoteKeys = (ports: KeySourcePorts): ((source: KeySource) => JWTVerifyGetKey) => {
  const known = new LRUCache<string, JWTVerifyGetKey>({ max: MAX_SOURCES });
  return (source) => {
    const name = JSON.stringify([source.issuer, source.jwks_url, source.cooldown_seconds]);
    const keys = known.get(name) ?? keysFrom(source, ports);
    known.set(name, keys);
    return keys;
  };
};

/**
 * Picks the key that a token names. Known keys are used at once, and refreshed in the background; for an unknown key the
 * provider is asked, once per cool-down, whether it answers or not.
 */
const keysFrom = (source: KeySource, { fetch, clock, onStale }: KeySourcePorts): JWTVerifyGetKey => {
  const cooldownDuration = source.cooldown_seconds * 1000;
  const fetchJson = fetchWithCoolDown(fetch, clock, cooldownDuration);
  const keysAt = (url: URL) =>
    createRemoteJWKSet(url, {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration,
      timeoutDuration: TIMEOUT_MS,
      [customFetch]: fetchJson,
    });
  type Keys = ReturnType<typeof keysAt>;
  let known: { url: URL; keys: Keys; refreshAt: number } | undefined;
  let finding: Promise<Keys> | undefined;

  const load = async (): Promise<Keys> => {
    const url =
      source.jwks_url === undefined ? await discover(source.issuer, fetchJson) : new URL(source.jwks_url);
    const keys = known?.url.href === url.href ? known.keys : keysAt(url);
    await keys.reload();
    known = { url, keys, refreshAt: clock.now() + REFRESH_MS };
    return keys;
  };
  const find = (): Promise<Keys> => {
    finding ??= load().finally(() => {
      finding = undefined;
    });
    return finding;
  };

  return async (header, token) => {
    if (!known) return (await find())(header, token);
    if (clock.now() >= known.refreshAt) {
      known.refreshAt = clock.now() + REFRESH_MS;
      find().catch((error) => onStale(source.issuer, error));
    }
    return known.keys(header, token);
  };
};

const discoveryDocument = z.looseObject({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });
const answers = z.union([z.looseObject({ keys: z.array(z.looseObject({})) }), discoveryDocument]);

/** Fetches JSON. After a failure it fails at once until the cool-down is over, to spare a provider that is down. */
const fetchWithCoolDown = (fetch: KeySourcePorts["fetch"], clock: Pick<Clock, "now">, coolDownMs: number) => {
  let coolUntil = 0;
  let cause: unknown;
  return async (url: string, init: RequestInit): Promise<Response> => {
    if (clock.now() < coolUntil) throw new Error(`${url} is not asked again yet`, { cause });
    try {
      const response = await fetch(url, init);
      if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
      const text = await response.text();
      if (text.length > MAX_BYTES) throw new Error(`${url} answered more than ${MAX_BYTES} bytes`);
      if (!answers.safeParse(JSON.parse(text)).success) throw new Error(`${url} answered something else`);
      return new Response(text);
    } catch (error) {
      cause = error;
      coolUntil = clock.now() + coolDownMs;
      throw error;
    }
  };
};

const discover = async (issuer: string, fetchJson: ReturnType<typeof fetchWithCoolDown>): Promise<URL> => {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetchJson(url, {
    signal,
    redirect: "manual",
    headers: { accept: "application/json" },
  });
  const document = discoveryDocument.parse(await response.json());
  // Another issuer's document would bring another issuer's keys.
  if (document.issuer !== issuer) throw new Error(`${url} is the document of another issuer`);
  return new URL(document.jwks_uri);
};
