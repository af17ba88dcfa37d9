// Whose fault an outcome is.
import { expect, it } from "vitest";
import { isKeyFault, type Outcome } from "../../../server/upstream/outcome.ts";

it.each<[Outcome | undefined, boolean]>([
  [{ kind: "key-invalid" }, true],
  [{ kind: "limited", waitMs: 1000, hasRoom: true }, true],
  [{ kind: "no-quota" }, true],
  [{ kind: "refused" }, true],
  [{ kind: "scope-missing" }, true],
  [{ kind: "abandoned" }, false],
  [{ kind: "answered", latencyMs: 100 }, false],
  [{ kind: "failed", how: "gateway" }, false],
  [{ kind: "request-at-fault" }, false],
  [{ kind: "unreadable" }, false],
  [undefined, false],
])("after %j the next key is tried, as this key alone is the cause: %s", (outcome, isFault) => {
  expect(isKeyFault(outcome)).toBe(isFault);
});
