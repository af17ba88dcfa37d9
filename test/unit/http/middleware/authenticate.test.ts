// Who is calling, and how often an address may guess.
import { expect, it, vi } from "vitest";
import type { Credentials } from "../../../../server/auth/authenticator.ts";
import { rejected } from "../../../../server/auth/rejection.ts";
import { Failure } from "../../../../server/failures/failure.ts";
import { type AuthenticateServices, authenticate } from "../../../../server/http/middleware/authenticate.ts";
import { alice, factsOf } from "../../../support/facts.ts";
import { limitServices } from "../../../support/limit-services.ts";

const guessed = rejected("token-unknown", "it is no configured token");
const servicesOf = (
  answer: AuthenticateServices["authenticate"],
  limits = "failed_authentication: 2 per minute",
) => ({ ...limitServices(limits), authenticate: answer, watchCredential: () => undefined });
const refuse = (error: unknown) => () => {
  throw error;
};
const failing = (error: unknown) => () => () => Promise.reject(error);
const codes = async (services: AuthenticateServices, count: number, address = "203.0.113.9") => {
  const all: string[] = [];
  for (const facts of Array.from({ length: count }, () => factsOf({ address }))) {
    await Promise.resolve(authenticate.run(facts, services)).then(
      () => all.push("known"),
      (error: Failure) => all.push(error.code),
    );
  }
  return all;
};

it("a caller who is known at once is added, and one who must be verified too", async () => {
  expect(
    await authenticate.run(
      factsOf(),
      servicesOf(() => alice),
    ),
  ).toEqual({ caller: alice });
  expect(
    await authenticate.run(
      factsOf(),
      servicesOf(() => async () => alice),
    ),
  ).toEqual({ caller: alice });
});

it.each([
  ["at once", refuse(guessed)],
  ["after they were verified", failing(guessed)],
])("credentials that are rejected %s count as guesses of their address", async (_, answer) => {
  const services = servicesOf(answer);
  expect(await codes(services, 3)).toEqual([
    "credentials-rejected",
    "credentials-rejected",
    "limit-exceeded",
  ]);
  expect(await codes(services, 1, "203.0.113.10")).toEqual(["credentials-rejected"]);
  await services.time.pass(60_000);
  expect(await codes(services, 1)).toEqual(["credentials-rejected"]);
});

it.each([
  ["missing credentials", refuse(new Failure("credentials-missing"))],
  ["a database that does not answer", failing(new Failure("store-unavailable"))],
  ["a mistake of ours", failing(new TypeError("broken"))],
])("%s is no guess", async (_, answer) => {
  expect(await codes(servicesOf(answer), 5)).not.toContain("limit-exceeded");
});

it("callers who are verified are not counted", async () => {
  expect(
    await codes(
      servicesOf(() => async () => alice),
      5,
    ),
  ).toEqual(Array(5).fill("known"));
});

it("an address that has guessed too often is verified no more, and told when to come back", async () => {
  const verify = vi.fn(() => Promise.reject(guessed));
  const services = servicesOf(() => verify);
  await codes(services, 2);
  const facts = factsOf();
  await expect(authenticate.run(facts, services)).rejects.toMatchObject({
    ...{ code: "limit-exceeded", headers: { "retry-after": "60" } },
    violatedPolicies: ["failed-authentication-minute"],
  });
  expect(facts.outgoing.fields.ratelimit).toBe('"failed-authentication-minute";r=0;t=60');
  expect(verify).toHaveBeenCalledTimes(2);
});

it("a thousand guesses at once are no more than the limit", async () => {
  const verify = vi.fn(() => Promise.reject(guessed));
  const services = servicesOf(() => verify);
  const all = Array.from({ length: 1000 }, () => authenticate.run(factsOf(), services));
  await Promise.allSettled(all);
  expect(verify).toHaveBeenCalledTimes(2);
});

/** What the authenticators learn of a request. */
const shown = async (request: Parameters<typeof factsOf>[0], upgrade = false): Promise<Credentials> => {
  let seen: Credentials | undefined;
  const facts = factsOf(request);
  if (upgrade) facts.outgoing.upgrade = { connection: facts.incoming.socket, head: Buffer.alloc(0) };
  const services = servicesOf((credentials) => {
    seen = credentials;
    return alice;
  });
  await authenticate.run(facts, services);
  return seen ?? expect.unreachable();
};

it.each([
  ["Bearer abc.def", { bearer: "abc.def", solution: undefined }],
  ["bearer   abc==", { bearer: "abc==", solution: undefined }],
  ["ALTCHA abc", { bearer: undefined, solution: "abc" }],
])("the header %s shows credentials", async (authorization, expected) => {
  expect(await shown({ headers: { authorization } })).toMatchObject(expected);
});

it.each(["Basic abc", "Bearer", "Bearer ", "Bearer a b", "abc", ""])(
  "the header %j is a credential that is rejected, not the absence of one",
  async (authorization) => {
    const run = authenticate.run(
      factsOf({ headers: { authorization } }),
      servicesOf(() => alice),
    );
    await expect(run).rejects.toMatchObject({ cause: { reason: "scheme-unknown" } });
  },
);

it("a subprotocol shows credentials where a WebSocket is to open, and only there", async () => {
  const headers = { "sec-websocket-protocol": "realtime, openai-insecure-api-key.abc" };
  expect((await shown({ headers }, true)).bearer).toBe("abc");
  expect((await shown({ headers })).bearer).toBeUndefined();
  expect((await shown({ headers: { ...headers, authorization: "Bearer def" } }, true)).bearer).toBe("def");
});

it("Azure's header api-key shows credentials under /v1, and only there", async () => {
  const headers = { "api-key": "abc" };
  expect(await shown({ url: "/v1/responses", headers })).toMatchObject({
    bearer: "abc",
    solution: undefined,
  });
  expect((await shown({ url: "/tools", headers })).bearer).toBeUndefined();
  const twice = { ...headers, authorization: "Bearer abc" };
  expect((await shown({ url: "/v1/responses", headers: twice })).bearer).toBe("abc");
});

it.each<[string, Record<string, string>, string]>([
  ["another token", { authorization: "Bearer def", "api-key": "abc" }, "credentials-ambiguous"],
  ["a solved challenge", { authorization: "Altcha abc", "api-key": "abc" }, "credentials-ambiguous"],
  ["a second api-key", { "api-key": "abc, def" }, "scheme-unknown"],
  ["nothing in it", { "api-key": "" }, "scheme-unknown"],
])("the header api-key with %s is rejected", async (_, headers, reason) => {
  const failing = authenticate.run(
    factsOf({ url: "/v1/models", headers }),
    servicesOf(() => alice),
  );
  await expect(failing).rejects.toMatchObject({ cause: { reason } });
});

it("a guest's origin is what socket and headers tell", async () => {
  const headers = { host: "a", origin: "https://a", "sec-fetch-site": "same-origin" };
  const plain = await shown({ headers, address: "2001:db8::1" });
  expect(plain.origin()).toEqual({
    ...{ address: "2001:db8::1", network: expect.stringContaining("2001:db8"), host: "a" },
    ...{ origin: "https://a", fetchSite: "same-origin", forwarded: false, isEncrypted: false },
  });
  expect((await shown({ isProxied: true })).origin().forwarded).toBe(true);
  const names = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];
  for (const name of [...names, "x-forwarded-port", "x-real-ip", "cf-connecting-ip", "true-client-ip"]) {
    expect((await shown({ headers: { [name]: "x" } })).origin().forwarded).toBe(true);
  }
});

it("a signature covers method, target and headers as they came", async () => {
  const { request, query } = await shown({ method: "POST", url: "/a?b=%20", headers: { "x-a": "1" } });
  expect(request()).toEqual({ method: "POST", target: "/a?b=%20", headers: { "x-a": "1" } });
  expect(query).toBe("b=%20");
});

it("a request is cut off when its credential ends, and is not watched after its own end", async () => {
  let end: (reason: string) => void = () => expect.unreachable();
  const unwatch = vi.fn();
  const services: AuthenticateServices = {
    ...servicesOf(() => alice),
    watchCredential: (_, onEnded) => {
      end = onEnded;
      return unwatch;
    },
  };
  const facts = factsOf();
  await authenticate.run(facts, services);
  expect(facts.outgoing.destroyed).toBe(false);
  end("the token was rotated out");
  expect([facts.outgoing.destroyed, facts.cutOff]).toEqual([true, "the token was rotated out"]);
  expect(unwatch).not.toHaveBeenCalled();
  facts.end();
  expect(unwatch).toHaveBeenCalledOnce();
});
