// What every store of secrets keeps: it reads what is there now, says why it cannot, and never says a value.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { Secret } from "../../server/secret.ts";
import { awsSecrets } from "../../server/secrets/aws.sdk.ts";
import { environmentSecrets } from "../../server/secrets/environment.ts";
import { fileSecrets } from "../../server/secrets/file.fs.ts";
import { seal, sealedSecrets } from "../../server/secrets/sealed.jose.ts";
import { newSealingKey, parseSealingKeys } from "../../server/secrets/sealing-key.ts";
import { SecretError, type SecretStore } from "../../server/secrets/store.ts";
import { vaultSecrets } from "../../server/secrets/vault.ts";
import { vaultOver } from "../../server/secrets/vault-api.fetch.ts";
import { vaultLogin } from "../../server/secrets/vault-login.ts";
import { createVaultSession } from "../../server/secrets/vault-session.ts";
import { startAws } from "../support/aws-secrets.ts";
import { createTestTime } from "../support/time.ts";
import { startVault } from "../support/vault.ts";

interface Place {
  store: SecretStore;
  /** Puts a secret there; answers its place, and the field where there is one. */
  write(value: string): Promise<readonly [place: string, field?: string]>;
  missing: string;
  /** The store does not answer any more; undefined where that cannot be. */
  stop?(): void;
}

const folder = mkdtempSync(join(tmpdir(), "broker-secret-stores-"));
afterAll(() => rmSync(folder, { recursive: true }));

const key = parseSealingKeys(newSealingKey((length) => Buffer.alloc(length, 7)))?.[0];
if (!key) throw new Error("the key is none");

const vault = await startVault();
vault.addToken("hvs.root", 0);
const aws = await startAws();
afterAll(async () => {
  await vault[Symbol.asyncDispose]();
  await aws[Symbol.asyncDispose]();
});

const env: Record<string, string> = {};
const overVault = (): SecretStore => {
  const api = vaultOver({ address: vault.url, namespace: undefined }, fetch);
  const login = vaultLogin(api, { token: new Secret("hvs.root") }, async (_, credential) =>
    credential instanceof Secret ? credential : expect.fail("no reference is used"),
  );
  return vaultSecrets(api, createVaultSession(login, { timers: createTestTime().timers, random: () => 0 }));
};
const awsOptions = { region: "eu-central-1", endpoint: aws.url };
const awsEnv = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "aws-test-secret" };

const places: [string, () => Place][] = [
  [
    "the environment",
    () => ({
      store: environmentSecrets(env),
      write: async (value) => {
        env.KEY = value;
        return ["KEY"];
      },
      missing: "KEI",
    }),
  ],
  [
    "files",
    () => ({
      store: fileSecrets(folder),
      write: async (value) => {
        writeFileSync(join(folder, "key"), value);
        return ["key"];
      },
      missing: "kei",
    }),
  ],
  [
    "sealed texts",
    () => ({
      store: sealedSecrets(async () => [key]),
      write: async (value) => [await seal(value, key)],
      missing: "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoieCJ9..AAAA.AAAA.AAAA",
    }),
  ],
  [
    "Vault",
    () => ({
      store: overVault(),
      write: async (value) => {
        vault.kv.set("broker", { other: "x", key: value });
        return ["kv/broker", "key"];
      },
      missing: "kv/brokr",
      stop: () => {
        vault.trouble = "sealed";
      },
    }),
  ],
  [
    "AWS Secrets Manager",
    () => ({
      store: awsSecrets(awsOptions, awsEnv),
      write: async (value) => {
        aws.secrets.set("prod/broker", JSON.stringify({ other: "x", key: value }));
        return ["prod/broker", "key"];
      },
      missing: "prod/brokr",
      stop: () => {
        aws.trouble = { name: "InternalServiceError", status: 500 };
      },
    }),
  ],
];

describe.each(places)("%s", (_name, open) => {
  const { signal } = new AbortController();
  const read = async (place: Place, [at, field]: readonly [string, string?]) => {
    const stored = await place.store.read(at, signal);
    return (field === undefined ? stored.text : stored.fields.get(field))?.reveal();
  };

  it("gives what is there, and what is there next", async () => {
    const place = open();
    expect(await read(place, await place.write("sk-first-ÄÖ"))).toBe("sk-first-ÄÖ");
    expect(await read(place, await place.write("env:SECOND"))).toBe("env:SECOND");
    await place.store[Symbol.asyncDispose]();
  });

  it("shows no value when it is printed", async () => {
    const place = open();
    const [at] = await place.write("sk-never-shown");
    expect(inspect(await place.store.read(at, signal), { depth: 9 })).not.toContain("sk-never-shown");
    await place.store[Symbol.asyncDispose]();
  });

  it("refuses a place where nothing is, which no waiting would change", async () => {
    const place = open();
    await place.write("sk-never-shown");
    const error = await place.store.read(place.missing, signal).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(SecretError);
    expect(error.reason).toBe("refused");
    expect(error.message).not.toContain("sk-never-shown");
    expect(error.message).toMatch(/^(?:is|was|cannot be read:) /);
    await place.store[Symbol.asyncDispose]();
  });

  it("says that it is down, and is read again when it is up", async () => {
    const place = open();
    const written = await place.write("sk-third");
    // What is in the environment or the configuration itself is never down.
    if (!place.stop) return;
    place.stop();
    const error = await place.store.read(written[0], signal).catch((thrown) => thrown);
    expect([error.name, error.reason]).toEqual(["SecretError", "down"]);
    vault.trouble = undefined;
    aws.trouble = undefined;
    expect(await read(place, written)).toBe("sk-third");
    await place.store[Symbol.asyncDispose]();
  });
});
