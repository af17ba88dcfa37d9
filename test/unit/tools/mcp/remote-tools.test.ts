// What becomes of an MCP server's list of tools, whatever stands in it.
import { expect, it } from "vitest";
import { remoteTools } from "../../../../server/tools/mcp/remote-tools.ts";

const limits = { timeout_ms: 1000, max_answer_bytes: 100 };
const listed = (name: string, more: object = {}) => ({
  ...{ name, description: "d", inputSchema: { type: "object" } },
  ...more,
});
const made = (...tools: ReturnType<typeof listed>[]) =>
  remoteTools("shop", limits, tools, async (name, args) => ({ name, args }));

it("puts the server's name before each, and makes it safe", () => {
  const { tools, leftOut } = made(listed("find"), listed("stock.of/all days"), listed("é"));
  expect(tools.map(({ name }) => name)).toEqual(["shop__find", "shop__stock_of_all_days", "shop___"]);
  expect(leftOut).toEqual([]);
});

it("leaves out what it cannot offer, and says why", () => {
  const schema = { type: "object", description: "x".repeat(70_000) };
  const { tools, leftOut } = made(
    ...[listed("a.b"), listed("a/b"), listed("x".repeat(70)), listed("big", { inputSchema: schema })],
    ...Array.from({ length: 200 }, (_, index) => listed(`t${index}`)),
  );
  expect(tools).toHaveLength(128);
  expect(leftOut.slice(0, 4)).toEqual([
    "a/b has the name of another, once it is made safe",
    `${"x".repeat(70)} has a name that is too long or empty`,
    "big has a schema of more than 65536 bytes",
    "t127 is beyond the first 128",
  ]);
});

it("calls by the server's own name, within the server's limits", async () => {
  const [tool] = made(listed("stock.of", { description: "y".repeat(5000) })).tools;
  expect(tool).toMatchObject({ timeoutMs: 1000, maxAnswerBytes: 100, description: "y".repeat(4096) });
  const acceptance = tool?.accept({ a: 1 });
  if (!acceptance?.accepted) throw new Error("the arguments were refused");
  expect(await acceptance.run({} as never)).toEqual({ name: "stock.of", args: { a: 1 } });
});

it("takes the schema for one of an object, whatever it says", () => {
  const inputSchema = { $schema: "https://json-schema.org/draft/2020-12/schema", properties: { a: {} } };
  expect(made(listed("find", { inputSchema })).tools[0]?.parameters).toEqual({
    type: "object",
    properties: { a: {} },
  });
});
