// The environment as it was meant.
import { expect, it } from "vitest";
import { withoutLineEnds } from "../../../server/config/environment.ts";

it("takes off the end of line that a file left in a variable, and nothing else", () => {
  const env = { UNIX: "a\n", WINDOWS: "b\r\n", TWO: "c\n\n", INSIDE: "d\ne", SPACE: " f ", UNSET: undefined };
  expect(withoutLineEnds(env)).toEqual({
    ...{ UNIX: "a", WINDOWS: "b", TWO: "c\n", INSIDE: "d\ne", SPACE: " f ", UNSET: undefined },
  });
});
