// Every tool of the catalogue keeps the same promises.
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../server/clock.ts";
import { functionTool } from "../../server/profiles/session-tools.ts";
import { loadCatalog } from "../../server/tools/catalog.fs.ts";

const caller = { kind: "guest", id: "guest:127.0.0.1" } as const;
const catalog = await loadCatalog();

it("there are two tools that work offline", () => {
  expect(catalog.map(({ name }) => name)).toEqual(["convert_units", "current_time"]);
});

describe.each(catalog)("$name", ({ name, description, parameters, accept, maxAnswerBytes, timeoutMs }) => {
  const properties = Object.entries(
    (parameters.properties ?? {}) as Record<string, { description?: string; examples?: unknown[] }>,
  );
  const example = Object.fromEntries(properties.map(([key, { examples }]) => [key, examples?.[0]]));

  it("is described so that a model knows when to use it, and what each argument means", () => {
    expect(description).toMatch(/^[A-Z].*\.$/);
    for (const [key, property] of properties) expect(property.description, key).toMatch(/\S \S/);
  });

  it("is a function that OpenAI takes, with a valid JSON Schema", () => {
    expect(functionTool.parse({ type: "function", name, description, parameters }).name).toBe(name);
    expect(new Ajv2020({ strict: false }).validateSchema(parameters)).toBe(true);
    expect(parameters).toMatchObject({ type: "object", additionalProperties: false });
  });

  it("answers its own example, briefly and at once", async () => {
    expect(new Ajv2020({ strict: false }).validate(parameters, example)).toBe(true);
    const acceptance = accept(example);
    if (!acceptance.accepted) throw new Error(JSON.stringify(acceptance.errors));
    const answer = await acceptance.run({
      signal: AbortSignal.timeout(timeoutMs),
      clock: systemClock,
      caller,
    });
    expect(JSON.stringify(answer).length).toBeLessThan(Math.min(maxAnswerBytes, 1000));
  });

  it("refuses an argument that it does not know, by its name", () => {
    for (const key of ["colour", "constructor", "toString"]) {
      const acceptance = accept({ ...example, [key]: 1 });
      expect(acceptance).toEqual({
        accepted: false,
        errors: [{ pointer: `/${key}`, detail: "is not an argument of this tool" }],
      });
    }
  });

  it.each([
    [[]],
    [{}],
    [null],
    [true],
    [Number.POSITIVE_INFINITY],
    [Number.NaN],
    ["x".repeat(1000)],
    [Symbol("x")],
  ])("refuses %s for each argument, by its name", (wrong) => {
    for (const [key] of properties) {
      const acceptance = accept({ ...example, [key]: wrong });
      const pointers = acceptance.accepted ? [] : acceptance.errors.map(({ pointer }) => pointer);
      expect(pointers, key).toContain(`/${key}`);
    }
  });

  it.each([[null], [[]], ["text"], [undefined]])("refuses %j in place of arguments", (wrong) => {
    expect(accept(wrong).accepted).toBe(false);
  });
});
