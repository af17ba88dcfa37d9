// A secret is revealed in known places only, and prints nowhere; cookies are not looked at.
import { format, inspect } from "node:util";
import { pino } from "pino";
import { expect, test } from "vitest";
import { Secret } from "../../server/secret.ts";
import { sourceOf } from "../support/source.ts";

// Each place, with the reason why it must know the secret itself.
const places = {
  "server/audit/chain.ts": 1, // the key of the audit trail's seals
  "server/auth/guests/challenges.altcha.ts": 1, // the key that signs guests' challenges
  "server/auth/users/configured-users.ts": 1, // the first token of a configured user, to be hashed
  "server/auth/jwt/jwt.jose.ts": 1, // the key that verifies HS256
  "server/auth/signatures/signers.ts": 1, // the key of signed requests
  "server/auth/tokens/tokens.ts": 1, // a fixed token, to be found by its digest
  "server/auth/users/token-hash.ts": 1, // the key of the hashes of users' tokens
  "server/auth/doctor-proof.ts": 1, // the key of the proof that `broker doctor` shows
  "server/broker.ts": 1, // the local guests' token, for the application in which the service is mounted
  "server/compose/doctor-service.ts": 1, // the address of Redis, of which the password is left out
  "server/compose/ledger.ts": 1, // the address with Postgres' password, for the thread that writes the ledger
  "server/compose/reports.ts": 1, // the same, for the thread of reports
  "server/budgets/webhook.fetch.ts": 1, // the key that signs alerts
  "server/config/cross-check.ts": 1, // the address of Redis, of which the servers are counted
  "server/config/secret-references.ts": 1, // what a reference stands for, to be read as the text in its place
  "server/compose/doctor-upstream.ts": 1, // the proxy's address, of which its host is named
  "server/doctor/key-format.ts": 1, // an upstream key, whose form is examined
  "server/http/operations/ephemeral-key.ts": 3, // the answers: a key, or a ticket and its grant
  "server/http/middleware/start-session.ts": 1, // the grant of a session that was begun without a ticket
  "server/mint/safety-identifier.ts": 1, // the key of the identifiers that OpenAI is told
  "server/rotation/credential.ts": 4, // a created key, to be sealed and opened; a configured one, to be told from others
  "server/rotation/key-admin.openai.ts": 1, // OpenAI's client, with the admin key
  "server/upstream/key-trial.openai.ts": 1, // OpenAI's client, with the key that is tried
  "server/secrets/vault-api.fetch.ts": 1, // the token that Vault wants, and what a login shows
  "server/start.ts": 2, // the local guests' and the demo operator's tokens, printed for this machine's user
  "server/net/tunnel.node.ts": 1, // the address with a proxy's password
  "server/observe/trace-export.otel.ts": 2, // headers for the receiver of traces, and the way there through a proxy with a password
  "server/store/database.postgres.ts": 1, // the address with Postgres' password
  "server/store/kept-secret.ts": 1, // what other secrets are derived from
  "server/store/redis-cluster.node.ts": 1, // the address with the cluster's password
  "server/store/redis.node.ts": 1, // the address with Redis' password
  "server/tools/http-tool.fetch.ts": 1, // a header of a tool's request
  "server/tools/mcp/client.sdk.ts": 1, // headers for an MCP server, or the environment of a program
  "server/upstream/identity/token-exchange.ts": 1, // the service's own identity, for which OpenAI gives an access token
  "server/upstream/keys.ts": 1, // the header that OpenAI wants
  "server/upstream/organization.openai.ts": 1, // OpenAI's client, with the admin key
  "server/upstream/sdk.openai.ts": 1, // OpenAI's client, which makes the header itself
};

test("secrets are revealed in these places, once each", () => {
  const revealed = sourceOf("server", "emulator", "client", "web-demo", "web-admin")
    .filter(({ path }) => path !== "server/secret.ts")
    .map(({ path, text }) => [path, text.match(/\breveal\b/g)?.length ?? 0] as const)
    .filter(([, count]) => count > 0);
  expect(Object.fromEntries(revealed)).toEqual(places);
});

test("a secret prints in no way that people print things", () => {
  const key = "sk-very-secret-0123456789";
  const secret = new Secret(key);
  let logged = "";
  pino({}, { write: (line: string) => (logged += line) }).info(
    { secret, deep: [{ secret }] },
    String(secret),
  );
  const texts = [
    String(secret),
    `${secret}`,
    `x${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    logged,
  ];
  const deep = inspect({ a: [new Map([["k", secret]])] }, { depth: 9, showHidden: true });
  const copies = [JSON.stringify({ ...secret }), JSON.stringify(Object.entries(secret))];
  const formats = ["%s", "%o", "%O", "%j"].map((pattern) => format(pattern, secret));
  const thrown = new Error(`bad ${secret}`, { cause: secret });
  for (const text of [...texts, deep, ...copies, ...formats, inspect(thrown)])
    expect(text).not.toContain("very");
});

// Whether there is one matters where an application's session decides: browsers add it to requests of other sites.
const presence = /\bhasCookies\b|\bheaders\.cookie !== undefined/g;

test("no code of the service reads a cookie", () => {
  const readers = sourceOf("server").filter(({ text }) =>
    /cookie/i.test(text.replaceAll(/^ *(?:\/\/|\/?\*).*/gm, "").replaceAll(presence, "")),
  );
  expect(readers.map(({ path }) => path)).toEqual([]);
});
