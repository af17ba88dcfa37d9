// HEAD where GET does something.
import { expect, it } from "vitest";
import { refuseHead } from "../../../../server/http/middleware/refuse-head.ts";
import { factsOf } from "../../../support/facts.ts";

it("HEAD is refused with the methods that work, and others pass", () => {
  const refusal = { code: "method-not-allowed", headers: { allow: "GET, POST" } };
  expect(() => refuseHead.run(factsOf({ method: "HEAD" }), undefined)).toThrow(
    expect.objectContaining(refusal),
  );
  for (const method of ["GET", "POST", "DELETE"]) refuseHead.run(factsOf({ method }), undefined);
});
