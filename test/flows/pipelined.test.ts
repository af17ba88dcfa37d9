// Requests that are sent before the answer to the last has come: their answers wait for their turn, and may break off meanwhile.
import { expect, it } from "vitest";
import { startBackend } from "../support/backend.ts";
import { createTestBroker } from "../support/broker.ts";
import { fakeOpenAi } from "../support/fake-openai.ts";
import { openRaw } from "../support/raw-connection.ts";
import { until } from "../support/wait.ts";

it("an answer that breaks off behind another ends the connection, once the other has come whole", async () => {
  const held = Promise.withResolvers<void>();
  await using backend = await startBackend((response) => void held.promise.then(() => response.end("whole")));
  await using openai = await fakeOpenAi((answer) => {
    answer.write("half");
    setTimeout(() => answer.destroy(), 50);
  });
  await using service = await createTestBroker({
    openai: openai.baseUrl,
    yaml: `callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [slow] } }
tools: { slow: { description: Takes its time., request: { url: "${backend.url}/" } } }
relay: { files: { allow: [everyone], paths: ["/v1/files/*"] } }`,
  });
  const connection = await openRaw(service.url);
  for (const path of ["/slow", "/v1/files/a"])
    connection.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  await until("the second has broken off", () => service.logs.some(({ broken }) => broken !== undefined));
  held.resolve();
  await connection.closed;
  expect(connection.received).toMatch(/\r\n\r\nwhole$/);
});
