// A connection lives on after an answer, whatever the request was.
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { openRaw } from "../support/raw-connection.ts";
import { until } from "../support/wait.ts";

let broker: TestBroker;
beforeAll(async () => {
  broker = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    yaml: "callers: { guests: loopback }\ncors: { origins: ['https://page.example'] }",
  });
});
afterAll(() => broker.stop());

const host = "host: localhost\r\n";
const statuses = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

it.each([
  ["HEAD", "HEAD /healthz", "", 200],
  ["a refused HEAD", "HEAD /ephemeral-key", "", 405],
  ["a page of an allowed origin", "GET /tools", "origin: https://page.example\r\n", 200],
  ["a page of another origin", "GET /tools", "origin: https://other.example\r\n", 401],
  ["HEAD of an unknown address", "HEAD /a/b", "", 404],
  ["HEAD of a relayed address", "HEAD /v1/models", "", 405],
  ["OPTIONS from no page", "OPTIONS /tools", "", 405],
  ["a preflight", "OPTIONS /ephemeral-key", "origin: https://page.example\r\n", 204],
  ["a refused page", "GET /current_time?zone=1", "origin: https://page.example\r\n", 422],
  ["a wrong method", "DELETE /tools", "", 405],
  ["an unknown address", "GET /a/b", "", 404],
  ["a body that was not read", "POST /nothing", "content-length: 4\r\n", 404],
])("%s", async (_, start, fields, status) => {
  const error = vi.spyOn(console, "error");
  const connection = await openRaw(broker.url);
  connection.write(`${start} HTTP/1.1\r\n${host}${fields}\r\n`);
  if (fields.includes("length")) connection.write("{  }");
  await until("it is answered", () => statuses(connection.received).length === 1);
  connection.write(`GET /healthz HTTP/1.1\r\n${host}\r\n`);
  await Promise.race([
    connection.closed,
    until("the next is answered", () => statuses(connection.received).length === 2),
  ]);
  expect(statuses(connection.received)).toEqual([status, 200]);
  expect(error).not.toHaveBeenCalled();
  error.mockRestore();
  connection.reset();
});
