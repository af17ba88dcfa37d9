// How long a body may be.
import { expect, it } from "vitest";
import { limitBody } from "../../../../server/http/middleware/limit-body.ts";
import { createBodyMemory } from "../../../../server/http/request/body-memory.ts";
import { alice, factsWith } from "../../../support/facts.ts";

const bodyMemory = createBodyMemory(1024 * 1024, setImmediate);
const bodyOf = (method: string, headers: Record<string, string>) =>
  limitBody(100).run(factsWith({ caller: alice }, { method, headers }), { bodyMemory });

it("a body may be as long as its route allows, and is not read yet", () => {
  expect(bodyOf("POST", { "content-length": "100" })).toMatchObject({ body: { maxBytes: 100 } });
  expect(() => bodyOf("POST", { "content-length": "101" })).toThrow(
    expect.objectContaining({ code: "request-too-large", headers: { connection: "close" } }),
  );
});

it("no body is no body, and GET has none", () => {
  expect(bodyOf("POST", {})).toEqual({ body: undefined });
  expect(bodyOf("GET", { "content-length": "1000" })).toEqual({ body: undefined });
});
