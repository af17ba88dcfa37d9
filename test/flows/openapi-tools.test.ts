// Operations of an OpenAPI description as tools: what is sent, and what stops the start.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ConfigError } from "../../server/config/problems.ts";
import { sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker } from "../support/broker.ts";

const secret = "shop-secret-0123456789";
const description = {
  openapi: "3.0.3",
  servers: [{ url: "/{version}", variables: { version: { default: "v2" } } }],
  paths: {
    "/shops/{shop.id}/orders": {
      parameters: [{ $ref: "#/components/parameters/shop" }],
      get: {
        operationId: "orders.find",
        summary: "Finds orders.",
        description: "Newest first.",
        parameters: [
          {
            name: "state",
            in: "query",
            schema: { type: "array", items: { $ref: "#/components/schemas/State" } },
          },
          {
            name: "filter[max]",
            in: "query",
            description: "At most.",
            schema: { type: "integer", format: "int32" },
          },
          { name: "X-Trace", in: "header", schema: { type: "string" } },
        ],
      },
      post: {
        operationId: "placeOrder",
        parameters: [{ name: "x-tenant", in: "header", required: true, schema: { type: "string" } }],
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } } },
        },
      },
    },
    "/upload": {
      put: { operationId: "upload", requestBody: { required: true, content: { "text/csv": {} } } },
      get: { operationId: "secretive", parameters: [{ name: "token", in: "query" }] },
      delete: { operationId: "elsewhere", parameters: [{ $ref: "other.yaml#/x" }] },
      patch: { operationId: "needsCookie", parameters: [{ name: "session", in: "cookie", required: true }] },
    },
  },
  components: {
    parameters: { shop: { name: "shop.id", in: "path", required: true, schema: { type: "string" } } },
    schemas: {
      State: { type: "string", enum: ["open", "sent"] },
      Order: {
        allOf: [
          { $ref: "#/components/schemas/Line" },
          { type: "object", required: ["note"], properties: { note: { type: "string", nullable: true } } },
        ],
      },
      Line: {
        type: "object",
        required: ["product"],
        properties: {
          id: { type: "integer", readOnly: true },
          product: { type: "string", example: "tea" },
          parts: { type: "array", items: { $ref: "#/components/schemas/Line" } },
        },
      },
    },
  },
};
const yaml = (document: string, operations: string, offered: string, more = "") => `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [${offered}] } }
openapi:
  - document: ${document}
    operations: [${operations}]
    headers: { authorization: "Bearer \${SHOP_KEY}", X-Tenant: main }
    ${more}`;
const start = (text: string) =>
  createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: text, env: { SHOP_KEY: secret } });
const startShop = () =>
  startBackend((response, { url }) =>
    sendJson(response, url === "/openapi.json" ? description : { done: true }),
  );
const problemsOf = async (text: string): Promise<string> =>
  start(text).then(
    () => "it started",
    (error) => (error instanceof ConfigError ? error.problems.join("\n") : String(error)),
  );

it("calls the operations that are listed, with all that the description says of them", async () => {
  await using shop = await startShop();
  await using broker = await start(
    yaml(`${shop.url}/openapi.json`, "orders.find, placeOrder", "orders_find, placeOrder"),
  );
  expect(shop.requests[0]?.headers).not.toHaveProperty("authorization");
  const { tools } = (await (await broker.fetch("/tools")).json()) as {
    tools: { name: string; description: string }[];
  };
  expect(tools.slice(-2)).toMatchObject([
    {
      name: "orders_find",
      description: "Finds orders.\nNewest first.",
      parameters: { required: ["shop_id"] },
    },
    { name: "placeOrder", description: "placeOrder", parameters: { required: ["shop_id", "body"] } },
  ]);
  shop.requests.length = 0;
  const found = await broker.fetch('/orders_find?shop_id=a%20b&state=["open","sent"]&filter_max=3');
  expect([found.status, await found.json()]).toEqual([200, { done: true }]);
  const place = (body: object) =>
    broker.fetch("/placeOrder", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ shop_id: "a", body }),
    });
  const order = { product: "tea", note: null, parts: [{ product: "leaf" }] };
  expect((await place(order)).status).toBe(200);
  const fixed = { authorization: `Bearer ${secret}`, "x-tenant": "main" };
  expect(shop.requests).toMatchObject([
    { method: "GET", url: "/v2/shops/a%20b/orders?state=open&state=sent&filter%5Bmax%5D=3", headers: fixed },
    { method: "POST", url: "/v2/shops/a/orders", headers: fixed },
  ]);
  expect(JSON.parse(shop.requests[1]?.body ?? "")).toEqual(order);
  for (const wrong of [{ product: "tea" }, { note: "", product: 1 }, { ...order, parts: [{}] }])
    expect((await place(wrong)).status).toBe(422);
  expect((await broker.fetch("/orders_find?shop_id=..&state=[]")).status).toBe(422);
  expect((await broker.fetch('/orders_find?shop_id=a&state=["lost"]')).status).toBe(422);
});

it("reads a file beside broker.yaml, in YAML, and calls the address that is set", async () => {
  await using shop = await startShop();
  const folder = await mkdtemp(join(tmpdir(), "openapi-"));
  const text = "openapi: 3.1.0\npaths: { /time: { get: { operationId: time } } }";
  await writeFile(join(folder, "api.yaml"), text);
  const more = `base_url: ${shop.url}/base/`;
  await using broker = await start(yaml(join(folder, "api.yaml"), "time", "time", more));
  expect((await broker.fetch("/time")).status).toBe(200);
  expect(shop.requests.map(({ url }) => url)).toEqual(["/base/time"]);
  await rm(folder, { recursive: true });
});

it("names each operation that cannot be a tool, together with the other mistakes", async () => {
  await using shop = await startShop();
  const operations = "nothing, upload, secretive, elsewhere, needsCookie, placeOrder";
  const problems = await problemsOf(yaml(`${shop.url}/openapi.json`, operations, "placeOrdr"));
  for (const line of [
    "openapi[0].operations: nothing: there is no such operation; there are orders.find, placeOrder, ",
    "openapi[0].operations: upload: takes no JSON, but text/csv",
    "tool secretive: its argument token is named like a credential",
    "openapi[0].operations: elsewhere: refers to other.yaml#/x, which is in another document",
    "openapi[0].operations: needsCookie: needs the cookie session; set it under headers",
    "profiles.default.tools: there is no tool called placeOrdr",
  ])
    expect(problems).toContain(line);
});

it.each([
  ["is not there", 404, "{}", "answered 404"],
  ["is no description", 200, "{}", "is no description of OpenAPI 3"],
  ["is an older one", 200, '{"swagger":"2.0"}', "is no description of OpenAPI 3"],
  ["is no text that can be read", 200, "a: [", "Flow sequence"],
  ["is too large", 200, " ".repeat(9_000_000), "has more than 8388608 bytes"],
])("says that the document %s", async (_, status, body, words) => {
  await using shop = await startBackend((response) => response.writeHead(status).end(body));
  const problems = await problemsOf(yaml(`${shop.url}/openapi.json`, "a", ""));
  expect(problems).toMatch(/^openapi\[0\]\.document: http/);
  expect(problems).toContain(words);
});

it("says that the file is not there", async () => {
  expect(await problemsOf(yaml("/nowhere/api.json", "a", ""))).toContain("/nowhere/api.json: ENOENT");
});

it.each(["https://evil.example/", "http://169.254.169.254/latest"])(
  "calls no host that only the description names: %s",
  async (server) => {
    const elsewhere = { ...description, servers: [{ url: server }] };
    await using shop = await startBackend((response) => sendJson(response, elsewhere));
    const { origin } = new URL(server);
    const withoutHeaders = (text: string) => text.replace(/ +headers: .*\n/, "");
    for (const change of [(text: string) => text, withoutHeaders])
      expect(await problemsOf(change(yaml(`${shop.url}/openapi.json`, "orders.find", "")))).toBe(
        `openapi[0].operations: orders.find: the description's server is ${origin}, another host than its own; set base_url to call it`,
      );
  },
);
