// What a schema refuses, pointed at in the caller's input.
import { expect, it } from "vitest";
import { z } from "zod";
import { inputErrorsOf } from "../../../server/json/input-errors.ts";
import { parseInput } from "../../../server/json/parse-input.ts";

const schema = z.strictObject({
  a: z.int(),
  inner: z.strictObject({ list: z.array(z.string()) }).optional(),
});
const errorsIn = (value: unknown, path?: readonly string[]) => {
  const { error } = parseInput(schema, value);
  return error && inputErrorsOf(error, { unknownName: "is not known", ...(path && { path }) });
};

it("a wrong value has its own pointer", () => {
  expect(errorsIn({ a: 1.5, inner: { list: ["x", 2] } })).toEqual([
    { pointer: "/a", detail: "must be a whole number, not 1.5" },
    { pointer: "/inner/list/1", detail: "must be a string, not a number" },
  ]);
});

it("each unknown name is pointed at by itself, wherever it stands", () => {
  expect(errorsIn({ a: 1, "b/c": 2, inner: { list: [], d: 3, e: 4 } })).toEqual([
    { pointer: "/inner/d", detail: "is not known" },
    { pointer: "/inner/e", detail: "is not known" },
    { pointer: "/b~1c", detail: "is not known" },
  ]);
});

it("pointers begin where the value stands in the input", () => {
  expect(errorsIn({ a: "1", f: 1 }, ["session"])?.map(({ pointer }) => pointer)).toEqual([
    "/session/a",
    "/session/f",
  ]);
});
