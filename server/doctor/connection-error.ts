// Why a connection to another server failed, in an operator's words. Pure.
import { redact } from "../observe/redact.ts";

export type ConnectionErrorKind =
  | "name"
  | "refused"
  | "unreachable"
  | "timeout"
  | "closed"
  | "tls-authority"
  | "tls-expired"
  | "tls-name"
  | "tls-protocol"
  | "other";

export interface ConnectionError {
  kind: ConnectionErrorKind;
  /** A sentence without the server's name. */
  cause: string;
  fix: string;
}

const AUTHORITY =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|CERT_UNTRUSTED)$/;
const PROTOCOL = /^(?:EPROTO|ERR_SSL_\w+|ERR_TLS_PROTOCOL_\w+)$/;
const TIMEOUT = /^(?:ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|ABORT_ERR)$/;

const kindOf = (code: string, message: string): ConnectionErrorKind => {
  if (/^(?:ENOTFOUND|EAI_\w+)$/.test(code)) return "name";
  if (code === "ECONNREFUSED") return "refused";
  if (/^(?:EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES)$/.test(code)) return "unreachable";
  if (TIMEOUT.test(code) || /time(?:d )?out/i.test(message)) return "timeout";
  if (AUTHORITY.test(code)) return "tls-authority";
  if (/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/.test(code)) return "tls-expired";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "tls-name";
  if (PROTOCOL.test(code)) return "tls-protocol";
  if (/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code) || /closed|hang up|terminated/i.test(message))
    return "closed";
  return "other";
};

const explanations: Record<Exclude<ConnectionErrorKind, "other">, Omit<ConnectionError, "kind">> = {
  name: {
    cause: "Its name has no address in DNS, as this machine sees it.",
    fix: "Look at the spelling of the name, and at the machine's DNS (/etc/resolv.conf).",
  },
  refused: {
    cause: "Its machine answers, but nothing listens on that port.",
    fix: "Start it, or correct host and port.",
  },
  unreachable: {
    cause: "There is no way to it from this machine.",
    fix: "Look at routes, firewalls and network policies.",
  },
  timeout: {
    cause: "It did not answer in time; a firewall that drops packets looks like this.",
    fix: "Look at firewalls and network policies, and whether it hangs.",
  },
  closed: {
    cause: "It closed the connection without an answer.",
    fix: "Look whether the port is the right one, and whether it expects TLS.",
  },
  "tls-authority": {
    cause: "Its certificate is signed by an authority that this machine does not know.",
    fix: "Set TLS_CA_FILE to a file with that authority's certificate in PEM.",
  },
  "tls-expired": {
    cause: "Its certificate has ended, or has not begun yet.",
    fix: "Renew the certificate there, and look at this machine's clock.",
  },
  "tls-name": {
    cause: "Its certificate is for other names than the one it was called by.",
    fix: "Call it by a name of the certificate, or have one issued for this name.",
  },
  "tls-protocol": {
    cause: "One side speaks TLS and the other does not, or not the same version.",
    fix: "Look at the scheme of the address, and at the port.",
  },
};

/** Goes down to the first cause; of a name with several addresses the first one's. */
export const explainConnectionError = (error: unknown): ConnectionError => {
  const { code, message } = firstCause(error);
  const kind = kindOf(code, message);
  if (kind !== "other") return { kind, ...explanations[kind] };
  const said = redact(message).trim();
  const words = said.endsWith(".") ? said.slice(0, -1) : said;
  return {
    kind,
    cause: `The connection failed: ${words || code || "without a reason"}.`,
    fix: "Look at its own log.",
  };
};

const firstCause = (error: unknown, depth = 0): { code: string; message: string } => {
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  if (inner instanceof Error && depth < 5) return firstCause(inner, depth + 1);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return { code, message: error.message };
};
