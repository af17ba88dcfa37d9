// Which requests fail together, and which permission a restricted key needs for them.
import { expect, it } from "vitest";
import { mintRouting, relayRouting } from "../../../server/upstream/routing.ts";

const caller = { callerId: "a", model: "m" };

it.each([
  ["POST", "/chat/completions", "models", "write chat"],
  ["POST", "/responses?x=/files", "models", "write responses"],
  ["GET", "/responses/resp_1", "data", "read responses"],
  ["GET", "/models", "data", "read models"],
  ["POST", "/files", "data", "write files"],
  ["DELETE", "/vector_stores/vs_1", "data", "write vector_stores"],
  ["POST", "/moderations", "moderations", "write moderations"],
  ["POST", "/realtime/calls", "calls", "write realtime"],
  ["POST", "/constructor", "models", "write constructor"],
  ["POST", `/${"x".repeat(256)}`, "models", `write ${"x".repeat(64)}`],
])("%s %s is of the family %s", (method, target, family, endpoint) => {
  expect(relayRouting({ method, target, ...caller })).toEqual({ family, endpoint, ...caller });
});

it("a mint is of a family of its own", () => {
  expect(mintRouting(caller).family).toBe("mints");
});
