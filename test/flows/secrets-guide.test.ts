// The configuration that the guide to secrets shows: it is right, and its references are found where they stand.
import { expect, it } from "vitest";
import { parse } from "yaml";
import { parseConfig, secretsNeededBy } from "../../server/config/load.ts";
import { exampleIn } from "../support/documentation.ts";

it.each([
  [
    "<!-- example: references -->",
    [
      "upstream_keys[0].secret file",
      "upstream_keys[1].secret vault",
      "callers.tokens[0].token aws-sm",
      "tools.order_status.request.headers.authorization file",
    ],
  ],
  ["<!-- example: vault -->", ["upstream_keys[0].secret vault"]],
  ["<!-- example: aws -->", ["upstream_keys[0].secret aws-sm"]],
  ["<!-- example: sealed -->", []],
])("%s", (marker, places) => {
  const document: unknown = parse(exampleIn("docs/secrets.md", "yaml", marker));
  expect(() => parseConfig(document, {}, { secrets: "samples" })).not.toThrow();
  const { references, problems } = secretsNeededBy(document, {});
  expect(problems).toEqual([]);
  expect(references.map(({ at, reference }) => `${at} ${reference.store}`)).toEqual(places);
});
