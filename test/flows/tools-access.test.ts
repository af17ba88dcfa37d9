// Who may call which tool, and what a tool may be called.
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";

const openai = "http://127.0.0.1:9/v1";

it("opens a tool to those who may use a profile that offers it, and tells nobody else of it", async () => {
  const yaml = `
callers:
  tokens: [{ name: alice, token: alice-0123456789abcdef }, { name: bob, token: bob-0123456789abcdefgh }]
profiles:
  default: { session: { type: realtime, model: m }, tools: [current_time] }
  private: { session: { type: realtime, model: m }, tools: [convert_units], allow: ["token:alice"] }
`;
  await using broker = await createTestBroker({ openai, yaml });
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const names = async (token: string) => {
    const { tools } = (await (await broker.fetch("/tools", as(token))).json()) as {
      tools: { name: string }[];
    };
    return tools.map(({ name }) => name).sort();
  };
  expect(await names("alice-0123456789abcdef")).toEqual(["convert_units", "current_time"]);
  expect(await names("bob-0123456789abcdefgh")).toEqual(["current_time"]);
  const call = "/convert_units?value=1&from=mile&to=foot";
  expect((await broker.fetch(call, as("bob-0123456789abcdefgh"))).status).toBe(403);
  expect((await broker.fetch(call, as("alice-0123456789abcdef"))).status).toBe(200);
  expect((await broker.fetch("/nope", as("bob-0123456789abcdefgh"))).status).toBe(404);
  expect((await broker.fetch("/nope")).status).toBe(401);
});

it.each([
  ["tools", "/tools is an address"],
  ["metrics", "/metrics is an address"],
  ["ephemeral-key", "/ephemeral-key is an address"],
  ["current_time", "another tool of this name"],
  ['"a b"', "1 to 64 letters"],
  [`"${"x".repeat(65)}"`, "1 to 64 letters"],
])("does not start with a tool called %s", async (name, why) => {
  const tool = "{ description: d, request: { url: 'https://example.com/' } }";
  const starting = createTestBroker({
    openai,
    yaml: `{ callers: { guests: loopback }, tools: { ${name}: ${tool} } }`,
  });
  await expect(starting).rejects.toMatchObject({ problems: [expect.stringContaining(why)] });
});
