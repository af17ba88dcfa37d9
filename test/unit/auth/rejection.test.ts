// Every reason for which credentials are rejected, with a request that is rejected for it.
import { randomBytes } from "node:crypto";
import { createLocalJWKSet, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import {
  type Authenticator,
  authenticateWith,
  type Credentials,
} from "../../../server/auth/authenticator.ts";
import { altchaChallenges } from "../../../server/auth/guests/challenges.altcha.ts";
import { guestAuthenticator } from "../../../server/auth/guests/guests.ts";
import { hostAuthenticator } from "../../../server/auth/host/host.ts";
import { issuerSchema } from "../../../server/auth/jwt/issuers.ts";
import { jwtAuthenticator } from "../../../server/auth/jwt/jwt.jose.ts";
import { type RejectionReason, rejectionReason } from "../../../server/auth/rejection.ts";
import { memoryNonces } from "../../../server/auth/signatures/nonces.memory.ts";
import { signerAuthenticator, signerSchema } from "../../../server/auth/signatures/signers.ts";
import { tokenHasher } from "../../../server/auth/users/token-hash.ts";
import { userAuthenticator } from "../../../server/auth/users/user-authenticator.ts";
import { newUserToken } from "../../../server/auth/users/user-token.ts";
import type { StoredToken, User } from "../../../server/auth/users/users.ts";
import { systemClock, systemTimers } from "../../../server/clock.ts";
import { Failure, failureKind } from "../../../server/failures/failure.ts";
import { Secret } from "../../../server/secret.ts";
import { createTestBroker } from "../../support/broker.ts";
import { credentialsWith, settle, signedRequest } from "../../support/credentials.ts";
import { readSource } from "../../support/source.ts";

const NOON = 1_763_640_000_000;
const clock = { now: () => NOON, monotonic: () => 0 };
const secret = "a-secret-that-two-servers-share-0123";

const show = async (authenticate: Authenticator, credentials: Credentials) =>
  settle(authenticate(credentials));

// Users.
const hasher = tokenHasher(new Secret(secret));
const token = newUserToken(randomBytes);
const bob = { name: "bob", roles: [], profiles: undefined, limits: {} };
const stored = { prefix: token.prefix, ...hasher.hash(token), expiresAt: undefined };
const showUserToken = (bearer: string, change: Partial<StoredToken & User> | "unknown" = {}) => {
  const user = { ...bob, createdAt: 0, lastUsedAt: undefined, disabledAt: undefined };
  const found =
    change === "unknown" ? undefined : { user: { ...user, ...change }, token: { ...stored, ...change } };
  const users = { find: async () => found, touch: async () => {} };
  const authenticate = userAuthenticator({ users, hasher, clock, onUntouched: () => {} });
  return show(authenticate, credentialsWith({ bearer }));
};

// Identity providers.
const issuer = issuerSchema.parse({
  ...{ issuer: "https://id.example.com", audience: "voice", algorithms: ["HS256"], shared_secret: secret },
});
const published = issuerSchema.parse({
  issuer: "https://keys.example.com",
  audience: "voice",
  algorithms: ["ES256"],
});
const now = NOON / 1000;
const claims = { iss: issuer.issuer, aud: "voice", sub: "jane", iat: now, exp: now + 60 };
const sign = (changes: object, { alg = "HS256", key = secret } = {}) =>
  new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg }).sign(Buffer.from(key));
const showJwt = async (jwt: string | Promise<string>) =>
  show(
    jwtAuthenticator([issuer, published], { clock, keysOf: () => createLocalJWKSet({ keys: [] }) }),
    credentialsWith({ bearer: await jwt }),
  );
const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

// Signed requests.
const signers = signerAuthenticator([signerSchema.parse({ name: "shop", secret })], {
  clock,
  nonces: memoryNonces(clock),
});
const showSigned = (changes: object, more: object = {}) => {
  const request = signedRequest({ secret, created: now, nonce: randomBytes(16).toString("hex"), ...changes });
  return show(signers, credentialsWith({ request, ...more }));
};

// Guests.
const local = guestAuthenticator("loopback", new Set(), {
  ...{ clock, challenges: undefined, localToken: new Secret("local-0123456789") },
});
// altcha-lib looks at the system's clock by itself.
const challenges = altchaChallenges({ cost: 100 }, new Secret(secret), systemClock);
const solvers = guestAuthenticator("anyone", new Set(), { clock, challenges, localToken: undefined });
const wrongSolution = async () => {
  const challenge = await challenges.create("127.0.0.1");
  const solution = { counter: 0, derivedKey: "00" };
  return Buffer.from(JSON.stringify({ challenge, solution })).toString("base64");
};

/** What the service answers and logs of a request. */
const askService = async (init: RequestInit) => {
  const yaml = `callers: { guests: none, signers: [{ name: shop, secret: ${secret} }] }`;
  await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml });
  const answer = await broker.fetch("/convert_units", init);
  return { answer: await answer.text(), line: broker.logs.find(({ cause }) => cause) };
};

const signedBody = () => {
  const digest = `sha-256=:${Buffer.alloc(32).toString("base64")}:`;
  const { headers } = signedRequest({
    ...{ method: "POST", target: "/convert_units", secret, created: Math.floor(Date.now() / 1000) },
    headers: { "content-digest": digest, "content-type": "application/json" },
    components: ["@method", "@path", "@query", "content-digest"],
  });
  return { method: "POST", headers: headers as Record<string, string>, body: "{}" };
};

const requests = {
  "scheme-unknown": { headers: { authorization: "Basic Ym9iOmJvYg==" } },
  "digest-mismatch": signedBody(),
} satisfies Partial<Record<RejectionReason, RequestInit>>;

// Rejected where sessions begin and end: test/flows/ticket-attacks.test.ts shows each.
const elsewhere = {
  ...{ "ticket-malformed": true, "ticket-unknown": true, "ticket-elsewhere": true },
  ...{ "ticket-caller-ended": true, "grant-unknown": true },
} satisfies Partial<Record<RejectionReason, true>>;

type Shown = Exclude<RejectionReason, keyof typeof elsewhere | keyof typeof requests>;

// A reason without an entry here or above does not compile.
const rejections: Record<Shown, () => Promise<unknown>> = {
  "token-unknown": async () => authenticateWith([])(credentialsWith({ bearer: "x" })),
  "credentials-ambiguous": () => showSigned({}, { bearer: "x" }),
  "user-token-malformed": () => showUserToken("rkb_bob"),
  "user-token-unknown": () => showUserToken(token.text, "unknown"),
  "user-token-wrong": () => showUserToken(token.text, { hash: "0".repeat(stored.hash.length) }),
  "user-token-rehashed": () => showUserToken(token.text, { keyId: "another" }),
  "user-token-expired": () => showUserToken(token.text, { expiresAt: NOON }),
  "user-disabled": () => showUserToken(token.text, { disabledAt: NOON - 1 }),
  "jwt-malformed": () => showJwt(`${encoded({})}.${encoded(claims)}.AA`),
  "jwt-too-long": () => showJwt(sign({ note: "x".repeat(8192) })),
  "jwt-algorithm": () => showJwt(sign({}, { alg: "HS512", key: secret.repeat(2) })),
  "jwt-key-unknown": () =>
    showJwt(`${encoded({ alg: "ES256", kid: "x" })}.${encoded({ ...claims, iss: published.issuer })}.AA`),
  "jwt-signature": () => showJwt(sign({}, { key: secret.toUpperCase() })),
  "jwt-expired": () => showJwt(sign({ exp: now - 6 })),
  "jwt-not-yet-valid": () => showJwt(sign({ nbf: now + 6 })),
  "jwt-audience": () => showJwt(sign({ aud: "billing" })),
  "jwt-claims": () => showJwt(sign({ sub: undefined })),
  "jwt-lifetime": () => showJwt(sign({ exp: now + 90_000 })),
  "signature-malformed": () => show(signers, credentialsWith({ request: { headers: { signature: "?" } } })),
  "signature-invalid": () => showSigned({ keyId: "another" }),
  "signature-coverage": () => showSigned({ components: ["@method", "@path"] }),
  "signature-stale": () => showSigned({ created: now - 301 }),
  "nonce-malformed": () => showSigned({ nonce: "short" }),
  "nonce-reused": async () => {
    await showSigned({ nonce: "0123456789abcdef" });
    return showSigned({ nonce: "0123456789abcdef" });
  },
  "session-expired": async () => {
    const ports = { clock, timers: systemTimers, allowedOrigins: new Set<string>() };
    const session = hostAuthenticator(() => ({ name: "ada", endsAt: NOON }), ports);
    return settle(authenticateWith([], session)(credentialsWith({})));
  },
  "guest-token-elsewhere": () =>
    show(local, credentialsWith({ bearer: "local-0123456789", origin: { address: "192.0.2.7" } })),
  "solution-malformed": () => show(solvers, credentialsWith({ solution: "e30=" })),
  "solution-wrong": async () => show(solvers, credentialsWith({ solution: await wrongSolution() })),
};

const nothingLearned = failureKind("credentials-rejected").advice;

describe("credentials are rejected, and the caller does not learn why:", () => {
  it.each(Object.entries(rejections))("%s", async (reason, attempt) => {
    const error = await attempt().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Failure);
    expect(rejectionReason(error)).toBe(reason);
    expect(error).toMatchObject({ status: 401, detail: nothingLearned, errors: undefined, headers: {} });
  });

  it.each(Object.entries(requests))("%s", async (reason, request) => {
    const { answer, line } = await askService(request);
    expect(line).toMatchObject({ reason, cause: { name: "CredentialsRejected" } });
    expect(JSON.parse(answer)).toMatchObject({ status: 401, detail: nothingLearned });
    expect(answer).not.toContain(reason);
  });
});

it("the documentation tells operators what to do about each", () => {
  const rows = readSource("docs/rejected-credentials.md").matchAll(/^\| `([\w-]+)` \|/gm);
  const documented = [...rows].map(([, reason]) => reason);
  const all = [rejections, requests, elsewhere].flatMap((reasons) => Object.keys(reasons));
  expect(documented.sort()).toEqual(all.sort());
});

it("other failures have no reason of rejection", () => {
  expect(
    rejectionReason(new Failure("credentials-missing", undefined, { cause: new Error("x") })),
  ).toBeUndefined();
  expect(rejectionReason(new Error("x"))).toBeUndefined();
  expect(rejectionReason(undefined)).toBeUndefined();
});
