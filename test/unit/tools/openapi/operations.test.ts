// Operations of an OpenAPI description: where their requests may go.
import { expect, it } from "vitest";
import { fillUrl } from "../../../../server/tools/http-request.ts";
import { openApiTools } from "../../../../server/tools/openapi/operations.ts";
import { openApiSourceSchema } from "../../../../server/tools/openapi/source.ts";

const place = "https://api.example/openapi.json";

/** The address that the operation's tool calls, or why it is no tool. */
const addressOf = (path: string, base_url?: string): string => {
  const document = {
    openapi: "3.0.0",
    servers: [{ url: "/v1" }],
    paths: { [path]: { get: { operationId: "found" } } },
  };
  const source = openApiSourceSchema.parse({ document: place, operations: ["found"], base_url });
  const { tools, problems } = openApiTools(document, source, place);
  const [tool] = tools;
  return tool ? fillUrl(tool.config.request, {}).href : String(problems[0]);
};

it.each([
  ["/orders", "https://api.example/v1/orders"],
  ["/", "https://api.example/v1/"],
  ["//orders", "https://api.example/v1//orders"],
  ["/a/../orders", "https://api.example/v1/orders"],
])("calls the path %s below the description's server", (path, address) => {
  expect(addressOf(path)).toBe(address);
});

it.each([".evil.example/orders", "@evil.example/", ":81/orders", "orders", "", "/../admin", "/%2e%2e/admin"])(
  "makes no tool of the path %j, which leads elsewhere",
  (path) => {
    expect(addressOf(path)).toBe(`found: its path ${path} leads out of https://api.example/v1`);
    if (!path.startsWith("/"))
      expect(addressOf(path, "https://api.example")).toBe(
        `found: its path ${path} leads out of https://api.example`,
      );
  },
);
