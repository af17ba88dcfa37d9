// An OpenAPI description with a regular expression that takes hours: the model reads it, the service does not run it.
import { expect, it } from "vitest";
import { sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker } from "../support/broker.ts";

it("answers at once, whatever pattern the description has", async () => {
  const parameters = [{ name: "code", in: "query", schema: { type: "string", pattern: "^(a+)+$" } }];
  const paths = { "/find": { get: { operationId: "find", parameters } } };
  await using shop = await startBackend((response, { url }) =>
    sendJson(response, url === "/openapi.json" ? { openapi: "3.1.0", paths } : { found: url }),
  );
  await using broker = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    yaml: `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [find] } }
openapi: [{ document: "${shop.url}/openapi.json", operations: [find] }]`,
  });
  const { tools } = (await (await broker.fetch("/tools")).json()) as { tools: { name: string }[] };
  expect(tools.find(({ name }) => name === "find")).toMatchObject({
    parameters: { properties: { code: { pattern: "^(a+)+$" } } },
  });
  const code = `${"a".repeat(64)}b`;
  expect(await (await broker.fetch(`/find?code=${code}`)).json()).toEqual({ found: `/find?code=${code}` });
});
