// The service's description with a caller's tools in it.
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, it } from "vitest";
import { operations } from "../../../../server/app.ts";
import { describeApi } from "../../../../server/http/openapi/document.ts";
import convertUnits from "../../../../server/tools/catalog/convert_units.ts";
import currentTime from "../../../../server/tools/catalog/current_time.ts";

const listing = [currentTime, convertUnits].map(({ name, description, parameters }) => ({
  name,
  description,
  parameters,
  profiles: ["default"],
}));
const pathsOf = (document: Record<string, unknown>) =>
  document.paths as Record<string, Record<string, unknown>>;

it("has a path for each of the caller's tools, with the tool's own schema", () => {
  const paths = pathsOf(describeApi(operations, listing));
  expect(paths["/current_time"]?.post).toMatchObject({
    operationId: "tool_current_time",
    description: currentTime.description,
    requestBody: { content: { "application/json": { schema: currentTime.parameters } } },
  });
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(["/convert_units", "/{toolName}", "/ephemeral-key"]),
  );
});

it("says nothing of tools where there are none", () => {
  const paths = pathsOf(describeApi(operations, []));
  expect(Object.keys(paths)).toEqual(Object.keys(pathsOf(describeApi(operations))));
  expect(JSON.stringify(paths)).not.toContain("current_time");
});

it("passes the linter with tools as well", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source: JSON.stringify(describeApi(operations, listing)), config });
  // A tool's path and the general one are ambiguous on purpose: the literal one goes first.
  const others = problems.filter(({ ruleId }) => ruleId !== "no-ambiguous-paths");
  expect(others.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
});
