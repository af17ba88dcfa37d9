// Callers whom the application hands over in which the service is mounted.
import { expect, it, vi } from "vitest";
import { authenticateWith } from "../../../../server/auth/authenticator.ts";
import type { Caller } from "../../../../server/auth/caller.ts";
import type { Origin } from "../../../../server/auth/guests/loopback.ts";
import { type HostAuthenticate, hostAuthenticator } from "../../../../server/auth/host/host.ts";
import { credentialsWith, settle } from "../../../support/credentials.ts";
import { createTestTime } from "../../../support/time.ts";

const guest: Caller = { kind: "guest", id: "guest:127.0.0.1" };

const asked = async (
  authenticate: HostAuthenticate,
  {
    origin = {},
    hasCookies = true,
    bearer,
  }: { origin?: Partial<Origin>; hasCookies?: boolean; bearer?: string } = {},
) => {
  const { clock, timers } = createTestTime();
  const host = hostAuthenticator(authenticate, {
    clock,
    timers,
    allowedOrigins: new Set(["https://shop.example"]),
  });
  const credentials = {
    ...credentialsWith({ origin: { host: "app.example", ...origin }, bearer }),
    host: { request: "the request", hasCookies },
  };
  return settle(authenticateWith([() => guest], host)(credentials));
};

const ada = () => ({ name: "ada@example.com", roles: ["support"] });
const ownPage = { fetchSite: "same-origin" };

it("a signed-in user is a caller of an own kind, whose id no other kind has", async () => {
  expect(await asked(ada, { origin: ownPage })).toEqual({
    ...{ kind: "host", id: "host:ada@example.com", name: "ada@example.com", roles: ["support"] },
    ...{ profiles: undefined, limits: {}, endsAt: undefined },
  });
});

it("profiles, limits and the session's end are the user's own", async () => {
  const endsAt = new Date(9e12);
  const user = { name: "42", profiles: ["shop"], limits: { mints: "2 per day" }, endsAt };
  expect(await asked(() => Promise.resolve(user), { origin: ownPage })).toMatchObject({
    ...{ profiles: ["shop"], limits: { mints: [{ count: 2, per: "day" }] }, endsAt: 9e12, roles: [] },
  });
});

it("the application gets the request that it handed over", async () => {
  const authenticate = vi.fn(() => undefined);
  await asked(authenticate, { origin: ownPage });
  expect(authenticate).toHaveBeenCalledWith("the request");
});

it.each([undefined, null])("%s: the other ways to authenticate are tried", async (none) => {
  expect(await asked(() => none, { origin: ownPage })).toBe(guest);
});

it.each<[string, HostAuthenticate]>([
  [
    "throws",
    () => {
      throw new Error("no session store");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no session store"))],
])("when it %s, the request is refused, and no caller becomes a guest", async (_, authenticate) => {
  await expect(asked(authenticate, { origin: ownPage })).rejects.toMatchObject({
    ...{ code: "identity-provider-unavailable", cause: { message: "no session store" } },
  });
});

it("when it does not answer, the request is refused after five seconds", async () => {
  const { clock, timers, pass, pending } = createTestTime();
  const host = hostAuthenticator(() => new Promise(() => {}), { clock, timers, allowedOrigins: new Set() });
  const session = host(credentialsWith({ origin: ownPage }));
  const answer = "ask" in session ? session.ask() : undefined;
  const refused = expect(answer).rejects.toMatchObject({ code: "identity-provider-unavailable" });
  await pass(5000);
  await refused;
  expect(pending()).toBe(0);
});

it.each([
  [true, "it: must be an object, not true"],
  [{ name: "a", endsAt: "tomorrow" }, "/endsAt: must be a date or a number"],
  [{}, "/name: is missing"],
  [{ name: "" }, "/name: must be 1 to 128"],
  [{ name: "a b" }, "/name: must be 1 to 128"],
  [{ name: "a\nb" }, "/name: must be 1 to 128"],
  [{ name: "x".repeat(129) }, "/name: must be 1 to 128"],
  [{ name: "a", role: "admin" }, "/role: is no field of a caller; did you mean roles?"],
  [{ name: "a", limits: { mints: "many" } }, "/limits/mints: must be none, or rates"],
])("%j is no caller, and is refused", async (found, where) => {
  await expect(asked(() => found as never, { origin: ownPage })).rejects.toMatchObject({
    ...{ code: "internal", cause: { message: expect.stringContaining(where) } },
  });
});

it.each([
  ["a minute ago", -60_000],
  ["now", 0],
])("a session that ended %s is refused, and no caller becomes a guest", async (_, ms) => {
  const endsAt = createTestTime().clock.now() + ms;
  await expect(asked(() => ({ name: "ada", endsAt }), { origin: ownPage })).rejects.toMatchObject({
    ...{ code: "credentials-rejected", cause: { reason: "session-expired" } },
  });
});

it.each([
  [1_800_000_000, "1970-01-21T20:00:00.000Z"],
  [-1e300, "-1e+300"],
])("the log says when a session ended, here in seconds: %d", async (endsAt, moment) => {
  await expect(asked(() => ({ name: "ada", endsAt }), { origin: ownPage })).rejects.toMatchObject({
    cause: { message: `the session ended ${moment}: endsAt is in milliseconds` },
  });
});

it.each<[string, Partial<Origin>]>([
  ["of this origin, by GET", { fetchSite: "same-origin" }],
  ["of this origin, by POST", { origin: "https://app.example", fetchSite: "same-origin" }],
  ["typed into the address bar", { fetchSite: "none" }],
  ["of an origin that is allowed", { origin: "https://shop.example", fetchSite: "cross-site" }],
])("a session counts for a page %s", async (_, origin) => {
  expect(await asked(ada, { origin })).toMatchObject({ kind: "host" });
});

it.each<[string, Partial<Origin>]>([
  ["another site's image or link", { fetchSite: "cross-site" }],
  ["a page of another subdomain", { fetchSite: "same-site" }],
  ["another site's form", { origin: "https://evil.example", fetchSite: "cross-site" }],
  ["a page in a sandbox", { origin: "null", fetchSite: "cross-site" }],
  ["the same name over plain http", { origin: "http://app.example", fetchSite: "same-site" }],
  ["a browser that does not say", {}],
])("a session does not count for %s", async (_, origin) => {
  const authenticate = vi.fn(ada);
  expect(await asked(authenticate, { origin })).toBe(guest);
  expect(authenticate).not.toHaveBeenCalled();
});

it("programs without cookies need not say where they come from", async () => {
  expect(await asked(ada, { hasCookies: false })).toMatchObject({ kind: "host" });
});

it("a token that another site's page sends along does not make the session count", async () => {
  const elsewhere = { origin: "https://evil.example", fetchSite: "cross-site" };
  const authenticate = vi.fn(ada);
  expect(await asked(authenticate, { origin: elsewhere, bearer: "x" })).toBe(guest);
  expect(authenticate).not.toHaveBeenCalled();
});

it("the operator learns why a session was not used", () => {
  const { clock, timers } = createTestTime();
  const host = hostAuthenticator(ada, { clock, timers, allowedOrigins: new Set() });
  const authenticate = authenticateWith([], host);
  expect(() => authenticate(credentialsWith({ origin: { origin: "https://evil.example" } }))).toThrow(
    expect.objectContaining({
      code: "credentials-missing",
      cause: expect.objectContaining({ message: expect.stringContaining("https://evil.example") }),
    }),
  );
});
