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

describe("remembers no nonce of a request that is refused:", () => {
  it.each([
    ["of another secret", { secret: secret.toUpperCase() }, "signature-invalid"],
    ["of an unknown signer", { keyId: "other" }, "signature-invalid"],
    ["with a body and no digest", { headers: { "content-length": "2" } }, "signature-coverage"],
    [
      "with a streamed body and no digest",
      { headers: { "transfer-encoding": "chunked" } },
      "signature-coverage",
    ],
    ["without its query", { components: ["@method", "@path"] }, "signature-coverage"],
    ["too old", { created: NOW - 301 }, "signature-stale"],
    ["of the future", { created: NOW + 301 }, "signature-stale"],
    ["expired", { expires: NOW - 1 }, "signature-stale"],
    ["with a nonce of 15 characters", { nonce: "0123456789abcde" }, "nonce-malformed"],
    ["with a nonce of 129 characters", { nonce: "0".repeat(129) }, "nonce-malformed"],
  ])("%s", async (_, changes, reason) => {
    const { asked, send } = open();
    await expect(send(changes)).rejects.toMatchObject({ cause: { reason } });
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
