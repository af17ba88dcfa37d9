// An identity provider's public keys: found by discovery, kept by jose, and not asked for too often.
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
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
  /** Told when known keys could not be refreshed; they go on being used. */
  onStale(error: unknown): void;
}

const TIMEOUT_MS = 5000;
const MAX_BYTES = 1024 * 1024;
/** Keys that the provider withdrew are honoured for so long at most, as long as it can be reached. */
const REFRESH_MS = 10 * 60_000;

/**
 * Picks the key that a token names. Known keys answer at once, and are refreshed behind the callers' backs; only an unknown
 * one is asked for, once per cool-down, whether the provider answers or not.
 */
export const remoteKeys = (source: KeySource, { fetch, clock, onStale }: KeySourcePorts): JWTVerifyGetKey => {
  const cooldownDuration = source.cooldown_seconds * 1000;
  const ask = askWithCoolDown(fetch, clock, cooldownDuration);
  const keysAt = (url: URL) =>
    createRemoteJWKSet(url, {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration,
      timeoutDuration: TIMEOUT_MS,
      [customFetch]: ask,
    });
  type Keys = ReturnType<typeof keysAt>;
  let known: { url: URL; keys: Keys; refreshAt: number } | undefined;
  let finding: Promise<Keys> | undefined;

  const load = async (): Promise<Keys> => {
    const url = source.jwks_url === undefined ? await discover(source.issuer, ask) : new URL(source.jwks_url);
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
      find().catch(onStale);
    }
    return known.keys(header, token);
  };
};

const discoveryDocument = z.looseObject({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });
const answers = z.union([z.looseObject({ keys: z.array(z.looseObject({})) }), discoveryDocument]);

/** Asks for JSON. After a failure it fails at once until the cool-down is over, as nobody is helped by asking on. */
const askWithCoolDown = (fetch: KeySourcePorts["fetch"], clock: Pick<Clock, "now">, coolDownMs: number) => {
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

const discover = async (issuer: string, ask: ReturnType<typeof askWithCoolDown>): Promise<URL> => {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await ask(url, { signal, redirect: "manual", headers: { accept: "application/json" } });
  const document = discoveryDocument.parse(await response.json());
  // Another issuer's document would bring another issuer's keys.
  if (document.issuer !== issuer) throw new Error(`${url} is the document of another issuer`);
  return new URL(document.jwks_uri);
};
