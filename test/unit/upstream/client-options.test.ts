// OpenAI's own client with our options: it takes nothing from the environment, and its key nowhere else.
import OpenAI from "openai";
import { expect, it, vi } from "vitest";
import { clientOptions } from "../../../server/upstream/client-options.ts";
import { serve } from "../../support/server.ts";

it("follows no redirect, which would take the key to another place", async () => {
  const asked: (string | undefined)[] = [];
  await using server = await serve(({ url }, response) => {
    asked.push(url);
    response.writeHead(307, { location: "/v1/elsewhere" }).end();
  });
  const access = { baseUrl: `${server.url}/v1`, fetch: globalThis.fetch };
  const client = new OpenAI(clientOptions({ ...access, apiKey: "sk-test" }));
  await expect(client.models.list()).rejects.toMatchObject({ status: 307 });
  expect(asked).toEqual(["/v1/models"]);
});

it("sends what it is given, and nothing of the environment", async () => {
  for (const name of ["API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "BASE_URL", "WEBHOOK_SECRET"])
    vi.stubEnv(`OPENAI_${name}`, "http://environment.invalid");
  let sent = "";
  await using server = await serve(({ headers }, response) => {
    sent = JSON.stringify(headers);
    response.writeHead(200, { "content-type": "application/json" }).end('{"data":[]}');
  });
  const access = { baseUrl: `${server.url}/v1`, fetch: globalThis.fetch };
  const options = clientOptions({ ...access, adminAPIKey: "sk-admin-1" });
  await new OpenAI(options).admin.organization.projects.list();
  expect(sent).toContain('"Bearer sk-admin-1"');
  expect(sent).toContain('"user-agent":"realtime-key-broker"');
  expect(sent).not.toContain("environment.invalid");
  expect(JSON.stringify(options)).not.toContain("environment.invalid");
});
