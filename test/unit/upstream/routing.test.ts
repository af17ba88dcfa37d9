// Which requests fail together, and which permission a restricted key needs for them.
import { expect, it } from "vitest";
import { mintRouting, rateLimitScope, relayRouting } from "../../../server/upstream/routing.ts";

const caller = { callerId: "a", model: "m" };

it.each([
  ["POST", "/chat/completions", "models", "write chat"],
  ["POST", "/responses?x=/files", "models", "write responses"],
  ["GET", "/responses/resp_1", "data", "read responses"],
  ["GET", "/models", "data", "read models"],
  ["POST", "/files", "data", "write files"],
  ["DELETE", "/vector_stores/vs_1", "data", "write vector_stores"],
  ["POST", "/batches", "data", "write batches"],
  ["POST", "/containers", "data", "write containers"],
  ["POST", "/evals", "data", "write evals"],
  ["POST", "/fine_tuning/jobs", "data", "write fine_tuning"],
  ["POST", "/skills", "data", "write skills"],
  ["POST", "/uploads", "data", "write uploads"],
  ["HEAD", "/files/file_1", "data", "read files"],
  ["POST", "/", "models", "write "],
  ["POST", "//files", "models", "write "],
  ["POST", "/moderations", "moderations", "write moderations"],
  ["POST", "/realtime/calls", "calls", "write realtime"],
  ["POST", "/constructor", "models", "write constructor"],
  ["POST", `/${"x".repeat(256)}`, "models", `write ${"x".repeat(64)}`],
])("%s %s is of the family %s", (method, target, family, endpoint) => {
  expect(relayRouting({ method, target, ...caller })).toEqual({ family, endpoint, ...caller });
});

it("a mint is of a family of its own", () => {
  expect(mintRouting(caller)).toEqual({ family: "mints", endpoint: "write client_secrets", ...caller });
});

it("a rate limit is one of the model for that family, or of the endpoint where no model is named", () => {
  expect(rateLimitScope(mintRouting(caller))).toBe("mints m");
  expect(rateLimitScope(mintRouting({ ...caller, model: undefined }))).toBe("write client_secrets");
});
