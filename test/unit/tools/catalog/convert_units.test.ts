// The converter of the catalogue: known values, round trips, and words for what makes no sense.
import fc from "fast-check";
import { expect, it } from "vitest";
import { Failure } from "../../../../server/failures/failure.ts";
import tool from "../../../../server/tools/catalog/convert_units.ts";
import type { Answer } from "../../../../server/tools/tool.ts";

const clock = { now: () => 0, monotonic: () => 0 };
const caller = { kind: "guest", id: "guest:127.0.0.1" } as const;

const answerTo = (value: number, from: string, to: string): Answer => {
  const acceptance = tool.accept({ value, from, to });
  if (!acceptance.accepted) throw new Error(JSON.stringify(acceptance.errors));
  const answer = acceptance.run({ signal: new AbortController().signal, clock, caller });
  if (answer instanceof Promise) throw new Error("converting needs no waiting");
  return answer;
};
const converted = (value: number, from: string, to: string): number =>
  (answerTo(value, from, to) as { result: number }).result;

it.each([
  [26.2, "mile", "kilometre", 42.1648128],
  [1, "inch", "centimetre", 2.54],
  [3, "foot", "yard", 1],
  [1, "nautical_mile", "metre", 1852],
  [1, "stone", "pound", 14],
  [1, "pound", "gram", 453.59237],
  [1, "us_gallon", "litre", 3.785411784],
  [2, "us_pint", "us_cup", 4],
  [100, "kilometre_per_hour", "mile_per_hour", 62.1371192237],
  [1, "knot", "kilometre_per_hour", 1.852],
  [0, "celsius", "fahrenheit", 32],
  [100, "celsius", "fahrenheit", 212],
  [-40, "fahrenheit", "celsius", -40],
  [0, "kelvin", "celsius", -273.15],
  [98.6, "fahrenheit", "celsius", 37],
])("%d %s in %s is %d", (value, from, to, result) => {
  expect(converted(value, from, to)).toBe(result);
});

it("says again what was asked", () => {
  expect(answerTo(1, "metre", "metre")).toEqual({ value: 1, from: "metre", to: "metre", result: 1 });
});

it("refuses to turn a length into a mass, and names the argument", () => {
  const converting = () => answerTo(1, "metre", "kilogram");
  expect(converting).toThrow(Failure);
  expect(converting).toThrow(
    expect.objectContaining({
      code: "arguments-invalid",
      errors: [{ pointer: "/to", detail: "must be a unit of length, as metre is" }],
    }),
  );
});

const { properties } = tool.parameters as { properties: { from: { enum: string[] } } };
const units = properties.from.enum;

it("there and back again is where one started, for every pair of units", () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(value, fc.constantFrom(...units), fc.constantFrom(...units), (start, from, to) => {
      const there = () => converted(start, from, to);
      try {
        there();
      } catch {
        return;
      }
      // Twelve digits of the larger of the two scales remain.
      const tolerance = Math.max(Math.abs(start), 1000) * 1e-8;
      expect(Math.abs(converted(there(), to, from) - start)).toBeLessThan(tolerance);
    }),
  );
});
