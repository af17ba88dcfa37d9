// What it means for the operator when Postgres lets the service not in. Pure.
import { redact } from "../observe/redact.ts";
import type { About } from "./about.ts";
import { explainConnectionError } from "./connection-error.ts";
import type { Finding } from "./finding.ts";

/** By Postgres' code, or else that of the connection. */
export const unreachedFault = (on: About, error: unknown): Finding => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const words = error instanceof Error ? error.message : "";
  if (code === "28P01" || code === "28000" || /password must be|SASL/.test(words)) {
    return on.fault(
      "database.auth",
      "does not let the service in",
      "User or password in DATABASE_URL are not the server's, or its pg_hba.conf has no line for this machine.",
      "Set DATABASE_URL to postgres://USER:PASSWORD@HOST/NAME; special characters in it must be URL-encoded.",
    );
  }
  if (code === "3D000") {
    return on.fault(
      "database.missing",
      "is not there",
      "The server has no database of that name.",
      "CREATE DATABASE it, or correct the name at the end of DATABASE_URL.",
    );
  }
  if (code === "53300") {
    return on.fault(
      "database.connections",
      "has no connection left",
      "All that max_connections allows are taken.",
      "Raise max_connections, or look who holds them (pg_stat_activity).",
    );
  }
  if (code === "08P01" && /startup parameter/.test(words)) {
    return on.fault(
      "database.pooler",
      "is behind a pooler that refuses the service's settings",
      redact(words, 200),
      "For PgBouncer: ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout.",
    );
  }
  if (/does not support SSL/i.test(words)) {
    return on.fault(
      "database.tls",
      "speaks no TLS, which the address asks for",
      "DATABASE_URL has sslmode=require or stricter.",
      "Turn TLS on at the server, or leave sslmode out of DATABASE_URL within a network that you trust.",
    );
  }
  if (code === "57P03") {
    return on.fault(
      "database.starting",
      "is starting or stopping",
      "It says so.",
      "Wait, and look at its log.",
    );
  }
  const { kind, cause, fix } = explainConnectionError(error);
  const id = kind.startsWith("tls") ? "database.certificate" : "database.unreachable";
  return on.fault(
    id,
    "cannot be reached",
    cause,
    kind.startsWith("tls") ? fix : `${fix} The address is that of DATABASE_URL.`,
  );
};
