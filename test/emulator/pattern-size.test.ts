// Strings of a pattern that only a very long text matches.
import { expect, it } from "vitest";
import { inventString } from "../../emulator/schema/strings.ts";

it("gives a usual value where a matching one would fill the memory", () => {
  expect(inventString("code", { pattern: "^(x{9999}){9999}$" }, 0)).toBe("example");
  expect(inventString("code", { pattern: "^x{3}-\\d{2,4}$" }, 0)).toMatch(/^x{3}-\d{2,4}$/);
});
