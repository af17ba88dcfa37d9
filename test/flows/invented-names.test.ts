// Names that callers invent become no rows of the books' sums, which are kept for ever.
import { request } from "node:http";
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { fakeOpenAi } from "../support/fake-openai.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const headers = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };

/** `fetch` sends no body with GET. */
const send = ({ url }: TestBroker, method: string, path: string, body: object): Promise<number> =>
  new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const fields = { ...headers, "content-length": Buffer.byteLength(text) };
    const asked = request(new URL(path, url), { method, headers: fields }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
    });
    asked.on("error", reject).end(text);
  });

interface Row {
  [name: string]: unknown;
}

/** The caller's own rows, once the books have all of their requests. */
const rowsOf = async (broker: TestBroker, by: string, figure: string, requests: number): Promise<Row[]> => {
  let rows: Row[] = [];
  await until("the books have them", async () => {
    const answer = await broker.fetch(`/usage?by=${by}`, { headers });
    rows = (await answer.json()).rows;
    return rows.reduce((sum, row) => sum + Number(row[figure]), 0) === requests;
  });
  return rows;
};

it("a model named where OpenAI reads none is no model of the books", async () => {
  await using openai = await fakeOpenAi((answer) => {
    answer.writeHead(200, { "content-type": "application/json" });
    answer.end('{"object":"list","data":[]}');
  });
  await using broker = await createTestBroker({
    openai: openai.baseUrl,
    yaml: relayYaml("{ all: { allow: [everyone] } }"),
  });
  const calls = [
    ["GET", "/v1/models"],
    ["DELETE", "/v1/responses/resp_1"],
    ["POST", "/v1/responses/resp_1/cancel"],
  ] as const;
  for (const [method, path] of calls) {
    expect(await send(broker, method, path, { model: `invented-${method}` })).toBe(200);
  }
  const rows = await rowsOf(broker, "model", "relayed", calls.length);
  expect(rows.map(({ model }) => model)).toEqual([""]);
});

it("a profile that there is not is no profile of the books", async () => {
  await using broker = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    yaml: relayYaml("{ all: { allow: [everyone] } }"),
  });
  const report = { profile: "invented-1", usage: [{ output_tokens: 1 }] };
  expect(await send(broker, "POST", "/usage/reports", report)).toBe(422);
  expect(await send(broker, "POST", "/ephemeral-key", { profile: "invented-2" })).toBe(422);
  const rows = await rowsOf(broker, "profile", "refused", 1);
  expect(rows.map(({ profile }) => profile)).toEqual([""]);
});
