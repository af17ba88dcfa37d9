// openapi.yaml, the table of routes and their schemas say the same.
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { createApp, operations } from "../../server/app.ts";
import { describeApi } from "../../server/http/openapi/document.ts";

const published = new URL("../../openapi.yaml", import.meta.url).pathname;
const heading =
  "# Made from the routes and their schemas by `npm run contract`; a test fails when it is stale.\n";

test("openapi.yaml is what the routes and schemas say today", async () => {
  await expect(
    heading + stringify(describeApi(operations), { aliasDuplicateObjects: false }),
  ).toMatchFileSnapshot(published);
});

test("the router answers what the contract says, and nothing else", () => {
  const routed = createApp(() => expect.fail("no request is sent")).routes.map(
    ({ method, path }) => `${method} ${path.replace("/v1/*", "/v1/{path}").replace("*", "{file}")}`,
  );
  const documented = Object.entries(describeApi(operations).paths as Record<string, object>).flatMap(
    ([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const inBraces = routed.map((route) => route.replaceAll(/:(\w+)/g, "{$1}"));
  expect(inBraces.sort()).toEqual(documented.sort());
});

test("the contract passes the linter's recommended rules", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source: stringify(describeApi(operations)), config });
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
});
