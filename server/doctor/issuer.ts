// An identity provider: whether its document and keys can be had, are its own, and fit the configured algorithms.
import { createPublicKey } from "node:crypto";
import type { IssuerConfig } from "../auth/jwt/issuers.ts";
import type { Clock } from "../clock.ts";
import { isJsonRecord } from "../json/record.ts";
import { type About, about } from "./about.ts";
import { explainConnectionError } from "./connection-error.ts";
import type { Check, Finding } from "./finding.ts";
import { describeKey, fits, type PublishedKey } from "./published-keys.ts";

export interface IssuerPorts {
  issuer: Pick<IssuerConfig, "algorithms" | "issuer" | "jwks_url" | "public_key" | "shared_secret">;
  fetch: typeof globalThis.fetch;
  clock: Pick<Clock, "now">;
}

/** Tokens are taken five seconds before and after their time, and a header has whole seconds. */
const MAX_SKEW_MS = 6000;
const MAX_CHARACTERS = 1024 * 1024;

export const issuerCheck = (ports: IssuerPorts): Check => ({
  ...{ id: "issuer", subject: ports.issuer.issuer, title: "Tokens", group: "Callers" },
  run: async (signal) => {
    const { issuer } = ports;
    const on = about(issuer.issuer);
    try {
      const keys = await keysOf(on, ports, signal);
      if ("level" in keys) return [keys];
      const usable = keys.published.filter((key) => fits(key, issuer.algorithms));
      const found = [
        ...(usable.length > 0 ? [] : [noneFits(on, keys.published, issuer)]),
        ...clockFaults(on, keys),
      ];
      if (found.length > 0) return found;
      return [
        on.ok(
          "issuer",
          `has ${usable.length === 1 ? "a key" : `${usable.length} keys`} for ${issuer.algorithms.join(", ")}`,
        ),
      ];
    } catch (error) {
      return [unreached(on, error)];
    }
  },
});

interface FoundKeys {
  published: readonly PublishedKey[];
  /** How far its clock is ahead of this machine's, where it tells. */
  skewMs: number | undefined;
}

const keysOf = async (on: About, ports: IssuerPorts, signal: AbortSignal): Promise<FoundKeys | Finding> => {
  const { issuer } = ports;
  if (issuer.shared_secret) return { published: [{ kty: "oct" }], skewMs: undefined };
  if (issuer.public_key !== undefined) {
    const key: PublishedKey = createPublicKey(issuer.public_key).export({ format: "jwk" });
    return { published: [key], skewMs: undefined };
  }
  const url = issuer.jwks_url ?? (await discover(on, ports, signal));
  if (typeof url !== "string") return url;
  const { body, status, skewMs } = await fetchJson(url, ports, signal);
  if (!Array.isArray(body?.keys)) {
    return on.fault(
      "issuer.keys",
      "does not give its keys",
      `${url} answers ${status}, without a list of keys.`,
      issuer.jwks_url === undefined
        ? "Look at the provider."
        : "Correct jwks_url, or leave it out to have it found.",
    );
  }
  return { published: body.keys.filter(isJsonRecord), skewMs };
};

/** Where its keys are. */
const discover = async (on: About, ports: IssuerPorts, signal: AbortSignal): Promise<string | Finding> => {
  const { issuer } = ports.issuer;
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const { body, status } = await fetchJson(url, ports, signal);
  if (typeof body?.issuer !== "string" || typeof body.jwks_uri !== "string") {
    return on.fault(
      "issuer.discovery",
      "has no OpenID document",
      `${url} answers ${status}, without issuer and jwks_uri.`,
      "Correct callers.issuers[].issuer: it is the `iss` of a token, to the letter. Or set jwks_url.",
    );
  }
  if (body.issuer === issuer) return body.jwks_uri;
  const isSlash = body.issuer.replace(/\/$/, "") === issuer.replace(/\/$/, "");
  return on.fault(
    "issuer.mismatch",
    `calls itself ${body.issuer.slice(0, 200)}`,
    isSlash
      ? "The two differ in the slash at the end. Tokens have the provider's own form, and are refused."
      : "Tokens have that name in `iss`, and are refused.",
    `Set callers.issuers[].issuer to ${body.issuer.slice(0, 200)}`,
  );
};

const fetchJson = async (url: string, { fetch, clock }: IssuerPorts, signal: AbortSignal) => {
  const response = await fetch(url, { signal, redirect: "manual", headers: { accept: "application/json" } });
  const text = (await response.text()).slice(0, MAX_CHARACTERS);
  const date = Date.parse(response.headers.get("date") ?? "");
  const skewMs = Number.isNaN(date) ? undefined : date - clock.now();
  return { status: response.status, body: response.ok ? recordIn(text) : undefined, skewMs };
};

const recordIn = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const noneFits = (
  on: About,
  keys: readonly PublishedKey[],
  { algorithms }: IssuerPorts["issuer"],
): Finding => {
  const kinds = [...new Set(keys.map(describeKey))];
  return on.fault(
    "issuer.algorithms",
    kinds.length === 0 ? "publishes no key" : `has no key for ${algorithms.join(", ")}`,
    kinds.length === 0
      ? "Its list of keys is empty: every token is refused."
      : `Its keys are for ${kinds.join(", ")}: every token is refused.`,
    kinds.length === 0
      ? "Look at the provider."
      : "Set callers.issuers[].algorithms to what the provider signs with.",
  );
};

const clockFaults = (on: About, { skewMs }: FoundKeys): Finding[] => {
  if (skewMs === undefined || Math.abs(skewMs) <= MAX_SKEW_MS) return [];
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  return [
    on.warning(
      "issuer.clock",
      `its clock is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} this machine's`,
      "Tokens then seem to begin later or end earlier than they do, and are refused.",
      "Let this machine follow a time server (NTP).",
      { skewMs },
    ),
  ];
};

const unreached = (on: About, error: unknown): Finding => {
  const { kind, cause, fix } = explainConnectionError(error);
  const id = kind.startsWith("tls") ? "issuer.certificate" : "issuer.unreachable";
  return on.fault(id, "cannot be reached", `${cause} New tokens cannot be verified.`, fix);
};
