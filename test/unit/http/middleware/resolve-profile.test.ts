// The profile that a key request means.
import { expect, it } from "vitest";
import { Failure } from "../../../../server/failures/failure.ts";
import { resolveProfile } from "../../../../server/http/middleware/resolve-profile.ts";
import { alice, factsWith } from "../../../support/facts.ts";

const unused = () => expect.unreachable();
const grant = {
  ...{ profile: "units", model: "m", ttlSeconds: 60 },
  session: { type: "realtime" as const, model: "m" },
};

it("the grant is added, and the request is about its profile", () => {
  const facts = factsWith({ caller: alice, keyRequest: { profile: "units" } });
  const minting = { grant: () => grant, mint: unused, startCall: unused };
  expect(resolveProfile.run(facts, { minting })).toEqual({ grant });
  expect(facts.subject).toEqual({ kind: "mint", profile: "units" });
});

it("a refused request is about the profile that was asked for, without a key that stands in its place", () => {
  const minting = {
    grant: () => {
      throw new Failure("profile-unknown");
    },
    ...{ mint: unused, startCall: unused },
  };
  const about = (profile: string | undefined) => {
    const facts = factsWith({ caller: alice, keyRequest: { profile } });
    expect(() => resolveProfile.run(facts, { minting })).toThrow();
    return facts.subject;
  };
  expect(about("sk-1234567890abcdef")).toEqual({ kind: "mint", profile: "[redacted]" });
  expect(about(undefined)).toEqual({ kind: "mint", profile: "default" });
});
