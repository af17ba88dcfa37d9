// Upstream keys whose identity is the connection's client certificate: there must be one for both of OpenAI's hosts.
import type { Config } from "./load.ts";

export const findCertifiedKeyProblems = ({
  upstream_keys: keys,
  client_certificates: certificates,
}: Pick<Config, "client_certificates" | "upstream_keys">): string[] =>
  keys.flatMap(({ name, base_url, workload_identity: identity }) => {
    if (identity?.provider !== "x509") return [];
    return [identity.exchange_url, base_url]
      .map((url) => new URL(url).origin)
      .filter((origin) => !certificates.some((each) => each.origin === origin))
      .map(
        (origin) => `upstream_keys: ${name} shows a client certificate to ${origin}, ${adviceFor(origin)}`,
      );
  });

const adviceFor = (origin: string): string =>
  origin === "https://api.openai.com"
    ? "which asks for none; set its base_url to https://mtls.api.openai.com/v1"
    : "for which client_certificates has none; add one";
