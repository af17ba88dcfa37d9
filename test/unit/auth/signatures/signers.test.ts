// Which signed requests are accepted, and what the nonce store is asked.
import { describe, expect, it } from "vitest";
import type { Nonces } from "../../../../server/auth/signatures/nonces.ts";
import { signerAuthenticator, signerSchema } from "../../../../server/auth/signatures/signers.ts";
import { credentialsWith, settle, signedRequest } from "../../../support/credentials.ts";

const NOW = 1_763_640_000;
const secret = "a-secret-that-two-servers-share-0123";
const shop = signerSchema.parse({ name: "shop", secret, roles: ["backend"] });

/** Sends a request of `shop` with the changes, and notes what the nonce store is asked. */
const open = (answer: () => Promise<boolean> = async () => true) => {
  const asked: unknown[][] = [];
  const nonces: Nonces = {
    once: (...question) => {
      asked.push(question);
      return answer();
    },
  };
  const authenticate = signerAuthenticator([shop], { clock: { now: () => NOW * 1000 }, nonces });
  const send = async (changes: Partial<Parameters<typeof signedRequest>[0]> = {}) =>
    settle(authenticate(credentialsWith({ request: signedRequest({ secret, created: NOW, ...changes }) })));
  return { authenticate, asked, send };
};

it("knows the signer with its roles, and asks for the nonce for as long as the signature could be sent again", async () => {
  const { asked, send } = open();
  expect(await send()).toEqual({ kind: "signer", id: "signer:shop", name: "shop", roles: ["backend"] });
  expect(asked).toEqual([["shop", "0123456789abcdef", 600]]);
});

it("leaves requests without a signature to the other authenticators, and all where no signer is configured", () => {
  const { authenticate } = open();
  expect(authenticate(credentialsWith({ bearer: "x" }))).toBeUndefined();
  const withoutSigners = signerAuthenticator([], {
    clock: { now: () => 0 },
    nonces: { once: async () => true },
  });
  expect(
    withoutSigners(credentialsWith({ request: signedRequest({ secret, created: NOW }) })),
  ).toBeUndefined();
});

it("decides alone about requests with half a signature, and about garbage", async () => {
  const { authenticate, asked } = open();
  const { headers } = signedRequest({ secret, created: NOW });
  for (const name of ["signature", "signature-input"]) {
    const request = { headers: { [name]: headers[name] } };
    await expect(settle(authenticate(credentialsWith({ request })))).rejects.toMatchObject({
      cause: { reason: "signature-malformed", message: "there must be one signature" },
    });
  }
  const garbage = { headers: { "signature-input": "sig=((((", signature: "sig=:AAAA:" } };
  await expect(settle(authenticate(credentialsWith({ request: garbage })))).rejects.toMatchObject({
    cause: {
      reason: "signature-malformed",
      message: "the header signature-input cannot be read",
      cause: expect.any(Error),
    },
  });
  expect(asked).toEqual([]);
});

it.each([{ bearer: "x" }, { solution: "x" }])("refuses a second credential beside it: %j", (other) => {
  const request = signedRequest({ secret, created: NOW });
  expect(() => open().authenticate(credentialsWith({ request, ...other }))).toThrow(
    expect.objectContaining({
      code: "credentials-rejected",
      cause: expect.objectContaining({
        reason: "credentials-ambiguous",
        message: "there are two credentials",
      }),
    }),
  );
});

it("refuses a nonce that was used before", async () => {
  await expect(open(async () => false).send()).rejects.toMatchObject({
    code: "credentials-rejected",
    cause: { reason: "nonce-reused", message: "the nonce was used before" },
  });
});

it("refuses a signature of another length", async () => {
  const { authenticate } = open();
  const { headers, ...rest } = signedRequest({ secret, created: NOW });
  const request = { ...rest, headers: { ...headers, signature: "sig=:AAAA:" } };
  await expect(settle(authenticate(credentialsWith({ request })))).rejects.toMatchObject({
    cause: { reason: "signature-invalid" },
  });
});

it("accepts a body whose digest is signed", async () => {
  const headers = { "content-length": "2", "content-digest": "sha-256=:AAAA:" };
  const components = ["@method", "@path", "@query", "content-digest"];
  expect(await open().send({ headers, components })).toMatchObject({ id: "signer:shop" });
});

it("wants a secret of 32 characters, and gives no roles by itself", () => {
  const { error } = signerSchema.safeParse({ name: "shop", secret: "0".repeat(31) });
  expect(error?.issues.map(({ message }) => message)).toEqual(["must have at least 32 characters"]);
  const { secret: kept, roles } = signerSchema.parse({ name: "shop", secret: "0".repeat(32) });
  expect([kept.reveal(), roles]).toEqual(["0".repeat(32), []]);
});

it.each([NOW - 300, NOW + 300])("accepts a signature of %i, five minutes off", async (created) => {
  expect(await open().send({ created })).toMatchObject({ id: "signer:shop" });
});

it("accepts a signature until it expires", async () => {
  expect(await open().send({ expires: NOW })).toMatchObject({ id: "signer:shop" });
});

describe("a request without a body", () => {
  it.each([{}, { "content-length": "0" }])("needs no digest: %j", async (headers) => {
    expect(await open().send({ headers })).toMatchObject({ id: "signer:shop" });
  });
});

describe("remembers no nonce of a request that is refused, and tells the log why:", () => {
  const NOT_COVERED = "the signature does not cover";
  const [OFF, NONCE] = [
    "the signature is too old, or of the future",
    "the nonce must have 16 to 128 characters",
  ];
  it.each([
    [
      "of another secret",
      { secret: secret.toUpperCase() },
      "signature-invalid",
      "the signature is not shop's",
    ],
    ["of an unknown signer", { keyId: "other" }, "signature-invalid", "the signature is not other's"],
    [
      "of an unknown signer without a secret",
      { keyId: "other", secret: "" },
      "signature-invalid",
      "the signature is not other's",
    ],
    [
      "with a body and no digest",
      { headers: { "content-length": "2" } },
      "signature-coverage",
      `${NOT_COVERED} content-digest`,
    ],
    [
      "with a streamed body and no digest",
      { headers: { "transfer-encoding": "chunked" } },
      "signature-coverage",
      `${NOT_COVERED} content-digest`,
    ],
    [
      "without its query",
      { components: ["@method", "@path"] },
      "signature-coverage",
      `${NOT_COVERED} @query`,
    ],
    [
      "without its path and query",
      { components: ["@method"] },
      "signature-coverage",
      `${NOT_COVERED} @path, @query`,
    ],
    ["too old", { created: NOW - 301 }, "signature-stale", OFF],
    ["of the future", { created: NOW + 301 }, "signature-stale", OFF],
    ["expired", { expires: NOW - 1 }, "signature-stale", "the signature has expired"],
    ["with a nonce of 15 characters", { nonce: "0123456789abcde" }, "nonce-malformed", NONCE],
    ["with a nonce of 129 characters", { nonce: "0".repeat(129) }, "nonce-malformed", NONCE],
  ])("%s", async (_, changes, reason, message) => {
    const { asked, send } = open();
    await expect(send(changes)).rejects.toMatchObject({ cause: { reason, message } });
    expect(asked).toEqual([]);
  });
});

it("says when to come back while the nonce store does not answer", async () => {
  const { send } = open(() => Promise.reject(new Error("Redis is away")));
  await expect(send()).rejects.toMatchObject({
    ...{
      code: "shared-state-unavailable",
      headers: { "retry-after": "1" },
      cause: { message: "Redis is away" },
    },
  });
});
