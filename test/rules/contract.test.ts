// openapi.yaml, the table of routes and their schemas say the same.
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { describeApi } from "../../server/http/openapi/document.ts";
import { operations } from "../../server/http/openapi/operations.ts";
import { routes } from "../support/routes.ts";

const published = new URL("../../openapi.yaml", import.meta.url).pathname;
const heading =
  "# Made from the routes and their schemas by `npm run contract`; a test fails when it is stale.\n";

test("openapi.yaml is what the routes and schemas say today", async () => {
  await expect(heading + stringify(describeApi(), { aliasDuplicateObjects: false })).toMatchFileSnapshot(
    published,
  );
});

test("every route is an operation of the contract, and every operation a route", () => {
  expect([...routes].sort()).toEqual(Object.keys(operations).sort());
});

test("the contract passes the linter's recommended rules", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source: stringify(describeApi()), config });
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
});
