// What a change of broker.yaml keeps of authentication, and what it checks again.

import { expect, it } from "vitest";
import { authenticationPolicy, authenticationResources } from "../../../server/compose/authentication.ts";
import { openStore } from "../../../server/compose/store.ts";
import { loadConfig } from "../../../server/config/load.ts";
import { createTimeBudget } from "../../../server/limits/time-budget.ts";
import { systemRandom } from "../../../server/random.ts";
import { credentialsWith, settle, signedRequest } from "../../support/credentials.ts";
import { startKeyServer } from "../../support/key-server.ts";
import { createTestTime } from "../../support/time.ts";

const secret = "a-secret-that-two-servers-share-0123";
const log = { write: () => {} };

const configOf = (callers: string) =>
  loadConfig(
    { OPENAI_API_KEY: "sk-test", DATABASE_URL: "sqlite::memory:", BROKER_CONFIG: "broker.yaml" },
    () => `callers: ${callers}`,
  );

/** Resources over a database in memory, with a clock and timers that are moved by hand. */
const open = async (change: { localGuests?: "token" | "open" } = {}) => {
  const { settings } = configOf("{ guests: loopback }");
  const store = await openStore(settings, log);
  const { clock, timers, pending, pass } = createTestTime(Date.now());
  const opened: string[] = [];
  const resources = authenticationResources({
    ...{
      store,
      clock,
      log,
      redis: undefined,
      authenticate: undefined,
      localGuests: change.localGuests ?? "open",
    },
    newTimeBudget: () => createTimeBudget({ clock, timers }, 50),
    fetch: (url) => {
      opened.push(String(url));
      return fetch(url);
    },
    timers,
    random: systemRandom,
  });
  const policyOf = (callers: string) => authenticationPolicy(configOf(callers), resources);
  return {
    ...{ store, resources, policyOf, pending, pass, opened, now: clock.now },
    [Symbol.asyncDispose]: () => store.close(),
  };
};

const signers = `signers: [{ name: shop, secret: ${secret} }]`;
const idOf = async (
  policy: Awaited<ReturnType<typeof authenticationPolicy>>,
  changes: Parameters<typeof credentialsWith>[0],
) => (await settle(policy.authenticate(credentialsWith(changes))))?.id;

it("a signed request is accepted once, also when broker.yaml changes in between", async () => {
  await using authentication = await open();
  const { policyOf, now } = authentication;
  const request = signedRequest({ secret, created: Math.floor(now() / 1000) });
  expect(await idOf(await policyOf(`{ ${signers} }`), { request })).toBe("signer:shop");
  await expect(idOf(await policyOf(`{ ${signers}, guests: loopback }`), { request })).rejects.toMatchObject({
    cause: { reason: "nonce-reused" },
  });
});

it("an issuer is not asked again for the keys that are known, and its tokens are checked again", async () => {
  await using server = await startKeyServer();
  await using authentication = await open();
  const { policyOf, opened } = authentication;
  const issuer = (more: string) =>
    `{ issuers: [{ issuer: "${server.url}", audience: voice, algorithms: [ES256], ${more} }] }`;
  const bearer = await server.sign("one", { groups: ["support"], team: ["sales"] });
  const rolesBy = async (policy: Awaited<ReturnType<typeof authenticationPolicy>>) =>
    settle(policy.authenticate(credentialsWith({ bearer })));
  expect(await rolesBy(await policyOf(issuer("claims: { roles: [groups] }")))).toMatchObject({
    roles: ["support"],
  });
  expect(await rolesBy(await policyOf(issuer("claims: { roles: [team] }")))).toMatchObject({
    roles: ["sales"],
  });
  expect(opened).toHaveLength(2);
  const removed = await policyOf("{ guests: loopback }");
  await expect(idOf(removed, { bearer })).rejects.toMatchObject({ code: "credentials-rejected" });
});

it("building a policy opens nothing", async () => {
  await using authentication = await open();
  const { policyOf, pending, opened } = authentication;
  expect(pending()).toBe(1);
  await policyOf(
    `{ ${signers}, issuers: [{ issuer: "http://127.0.0.1:9", audience: voice, algorithms: [RS256] }] }`,
  );
  await policyOf("{ guests: anyone, challenge: { cost: 100 } }");
  expect([pending(), opened]).toEqual([1, []]);
});

it("the token of local guests is that of the start, wherever they are admitted", async () => {
  await using authentication = await open({ localGuests: "token" });
  const { policyOf, resources } = authentication;
  expect((await policyOf("{ guests: anyone }")).localGuestToken).toBeUndefined();
  const first = await policyOf("{ guests: loopback }");
  const second = await policyOf(`{ guests: loopback, ${signers} }`);
  expect(first.localGuestToken).toBe(resources.localGuestToken);
  expect(second.localGuestToken).toBe(resources.localGuestToken);
  await expect(idOf(second, {})).rejects.toMatchObject({ code: "credentials-missing" });
});

it("a challenge that was made before a change can be solved after it", async () => {
  await using authentication = await open();
  const { policyOf } = authentication;
  const anyone = "{ guests: anyone, challenge: { cost: 100 } }";
  const challenge = await (await policyOf(anyone)).newChallenge?.("127.0.0.1");
  const solution = { counter: 0, derivedKey: "00" };
  const text = Buffer.from(JSON.stringify({ challenge, solution })).toString("base64");
  // Ours by its signature, and wrongly solved: a foreign one would be `challenge-required`.
  await expect(idOf(await policyOf(anyone), { solution: text })).rejects.toMatchObject({
    cause: { reason: "solution-wrong" },
  });
});

it("closing stops the sweep for ended credentials", async () => {
  await using authentication = await open();
  authentication.resources[Symbol.dispose]();
  expect(authentication.pending()).toBe(0);
});
