// Warnings for the operator about a configuration that is valid, but costly or unsafe.

import { sessionWarnings } from "../profiles/deprecations.ts";
import { findUnknownVoice } from "../profiles/openai-names.ts";
import { credentialWarnings } from "../profiles/readable-credentials.ts";
import type { Config } from "./load.ts";
import { isAtOpenAi } from "./openai-name-check.ts";

/** The service starts with them all the same. `today` is `YYYY-MM-DD`. */
export const findWarnings = (config: Config, today: string): string[] => {
  const { profiles, callers, settings, upstream_keys: upstreamKeys } = config;
  const warnings = Object.entries(profiles).flatMap(([name, { session }]) =>
    [...sessionWarnings(session, today), ...credentialWarnings(session)].map(
      (warning) => `profiles.${name}.${warning}`,
    ),
  );
  if (!isAtOpenAi(config, settings)) {
    for (const [name, { session }] of Object.entries(profiles)) {
      const voice = findUnknownVoice(session, settings.new_openai_names ?? []);
      if (voice === undefined) continue;
      warnings.push(
        `profiles.${name}.session.audio.output.voice: ${voice} is not a voice of OpenAI's that this version knows; your server decides`,
      );
    }
  }
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
