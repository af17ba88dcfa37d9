// Every authenticator of the chain keeps the same promises, whatever kind of credential it knows.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { type Authenticator, authenticateWith, type Credentials } from "../../server/auth/authenticator.ts";
import { guestAuthenticator } from "../../server/auth/guests/guests.ts";
import { issuerSchema } from "../../server/auth/jwt/issuers.ts";
import { jwtAuthenticator } from "../../server/auth/jwt/jwt.jose.ts";
import { tokenAuthenticator, tokenSchema } from "../../server/auth/tokens/tokens.ts";
import { tokenHasher } from "../../server/auth/users/token-hash.ts";
import { userAuthenticator } from "../../server/auth/users/user-authenticator.ts";
import { newUserToken, type UserToken } from "../../server/auth/users/user-token.ts";
import { sqlUsers } from "../../server/auth/users/users.sql.ts";
import { systemClock } from "../../server/clock.ts";
import { Failure } from "../../server/failures/failure.ts";
import { Secret } from "../../server/secret.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { credentialsWith, settle } from "../support/credentials.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const sharedSecret = "0123456789abcdef0123456789abcdef";
const signed = (issuer: string, alg: string, key: Parameters<SignJWT["sign"]>[0]) =>
  new SignJWT({})
    .setProtectedHeader({ alg })
    .setIssuer(issuer)
    .setAudience("voice")
    .setSubject("jane")
    .setExpirationTime("5m")
    .sign(key);
const ports = {
  clock: systemClock,
  keysOf: () => {
    throw new Error("no keys are fetched here");
  },
};
const bob = newUserToken(randomBytes);
const usersAuthenticator = async (token: UserToken) => {
  const users = sqlUsers(await openSqlite(":memory:", loadMigrations("sqlite")));
  const hasher = tokenHasher(new Secret(sharedSecret));
  const user = { name: "bob", roles: [], profiles: undefined, limits: {} };
  await users.add(user, { prefix: token.prefix, ...hasher.hash(token) }, 0);
  return userAuthenticator({ users, hasher, clock: systemClock, onUntouched: () => {} });
};
const issuer = (name: string, more: object) =>
  jwtAuthenticator([issuerSchema.parse({ issuer: name, audience: "voice", ...more })], ports);

interface Kind {
  name: string;
  authenticate: Authenticator;
  /** A credential of this kind; undefined for guests without one. */
  bearer: string | undefined;
  caller: string;
}

const pem = publicKey.export({ type: "spki", format: "pem" });
const authenticators: Kind[] = [
  {
    name: "tokens",
    authenticate: tokenAuthenticator([tokenSchema.parse({ name: "alice", token: "alice-0123456789" })]),
    bearer: "alice-0123456789",
    caller: "token:alice",
  },
  {
    name: "JWT by public key",
    authenticate: issuer("pem", { algorithms: ["EdDSA"], public_key: pem }),
    bearer: await signed("pem", "EdDSA", privateKey),
    caller: "jwt:pem#jane",
  },
  {
    name: "JWT by shared secret",
    authenticate: issuer("secret", { algorithms: ["HS256"], shared_secret: sharedSecret }),
    bearer: await signed("secret", "HS256", Buffer.from(sharedSecret)),
    caller: "jwt:secret#jane",
  },
  {
    name: "users",
    authenticate: await usersAuthenticator(bob),
    bearer: bob.text,
    caller: "user:bob",
  },
  {
    name: "guests",
    authenticate: guestAuthenticator("loopback", new Set(), {
      clock: systemClock,
      challenges: undefined,
      localToken: undefined,
    }),
    bearer: undefined,
    caller: "guest:127.0.0.1",
  },
  {
    name: "local guests with a token",
    authenticate: guestAuthenticator("loopback", new Set(), {
      clock: systemClock,
      challenges: undefined,
      localToken: new Secret("local-0123456789"),
    }),
    bearer: "local-0123456789",
    caller: "guest:127.0.0.1",
  },
];

const showing = (bearer: string | undefined): Credentials => credentialsWith({ bearer });

it.each(authenticators.filter(({ name }) => !name.includes("guests")))(
  "$name leaves those who show nothing to the guests' authenticator",
  ({ authenticate }) => {
    expect(authenticate(showing(undefined))).toBeUndefined();
  },
);

describe.each(authenticators)("$name", ({ authenticate, bearer, caller }) => {
  it("knows its own callers, each time by the same id", async () => {
    const first = await settle(authenticate(showing(bearer)));
    expect(first?.id).toBe(caller);
    expect(await settle(authenticate(showing(bearer)))).toEqual(first);
  });

  it("never puts the credential into what it says of the caller", async () => {
    const text = JSON.stringify(await settle(authenticate(showing(bearer))));
    expect(text.includes(bearer ?? "Bearer")).toBe(false);
  });

  it("says 'not mine' to every other authenticator's credential", async () => {
    for (const other of authenticators.filter(
      (kind) => kind.bearer !== undefined && kind.bearer !== bearer,
    )) {
      expect(authenticate(showing(other.bearer)), other.name).toBeUndefined();
    }
  });

  it.each([
    "",
    "x",
    "a.b.c",
    "alice-012345678",
    "undefined",
    "null",
    "eyJhbGciOiJub25lIn0.e30.",
    "\u0000".repeat(16),
  ])("never lets in %j", async (wrong) => {
    const answer = await (async () => settle(authenticate(showing(wrong))))().catch(
      (error: unknown) => error,
    );
    expect(
      answer === undefined || (answer instanceof Failure && answer.code === "credentials-rejected"),
    ).toBe(true);
  });
});

describe("the chain", () => {
  const chain = authenticateWith(authenticators.map(({ authenticate }) => authenticate));
  const all = async (credentials: Credentials) => settle(chain(credentials));

  it.each(authenticators)("finds the authenticator for $name", async ({ bearer, caller }) => {
    expect((await all(showing(bearer)))?.id).toBe(caller);
  });

  it("takes no caller with a bad credential for a guest, and tells the log why", async () => {
    await expect(all(showing("alice-0123456780"))).rejects.toMatchObject({
      code: "credentials-rejected",
      cause: { message: expect.stringContaining("no configured token") },
    });
  });

  it("does not ask another authenticator when the right one refuses", async () => {
    const stale = await signed("secret", "HS256", Buffer.from("another secret of 32 characters!"));
    const askedNext = () => {
      throw new Error("the next authenticator was asked");
    };
    const chainOfTwo = authenticateWith([
      issuer("secret", { algorithms: ["HS256"], shared_secret: sharedSecret }),
      askedNext,
    ]);
    await expect(settle(chainOfTwo(showing(stale)))).rejects.toMatchObject({ code: "credentials-rejected" });
  });

  it("refuses a credential in the address before it looks at any other", async () => {
    const credentials = { ...showing("alice-0123456789"), query: "token=alice-0123456789" };
    await expect(all(credentials)).rejects.toMatchObject({ code: "credentials-in-query" });
  });
});

it.each(["with a space 0123456789", "naïve-0123456789abc", "quote'0123456789abc", "short-012345678"])(
  "a token that could never be sent, or be guessed, is not configured: %s",
  (token) => {
    expect(tokenSchema.safeParse({ name: "a", token }).success).toBe(false);
  },
);
