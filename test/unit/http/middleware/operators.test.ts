// Who is an operator.
import { expect, it } from "vitest";
import type { Caller } from "../../../../server/auth/caller.ts";
import { requireOperator } from "../../../../server/http/middleware/operators.ts";
import { alice, factsWith } from "../../../support/facts.ts";

const everyone = { isOperator: () => true };
const host: Caller = {
  ...{ kind: "host", id: "host:ada", name: "ada", roles: ["operator"], profiles: undefined, limits: {} },
  endsAt: undefined,
};
const passes = (caller: Caller, headers: Record<string, string> = {}, services = everyone): boolean => {
  try {
    requireOperator.run(factsWith({ caller }, { headers }), services);
    return true;
  } catch {
    return false;
  }
};

it("a caller whom the configuration does not name is none", () => {
  expect([passes(alice), passes(alice, {}, { isOperator: () => false })]).toEqual([true, false]);
});

it("an application's session by cookie alone makes none: another site's page could send it", () => {
  expect(passes(host, { cookie: "session=1" })).toBe(false);
  expect(passes(host, { authorization: "Bearer 1" })).toBe(true);
});
