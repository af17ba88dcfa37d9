// GET /usage: operators see everyone's books, callers their own.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createBooks } from "../support/books.ts";
import { createTestBroker } from "../support/broker.ts";
import { exampleIn } from "../support/documentation.ts";
import { bookedRecords, usageYaml, withBooks } from "../support/usage-broker.ts";
import { usageRecord } from "../support/usage-records.ts";

type Json = Record<string, unknown>;

const readRows = async (answer: Response): Promise<Json[]> =>
  ((await answer.json()) as { rows: Json[] }).rows;

it("tells operators what everyone used, minted, metered and reported apart", () =>
  withBooks(async ({ as }) => {
    const answer = await as("olga", "/usage?by=user");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const told = (await answer.json()) as Json & { rows: Json[] };
    expect(told).toMatchObject({ about: "everyone", time_zone: "UTC", unpriced_models: ["=new()"] });
    expect(told.rows).toMatchObject([
      {
        user: "token:alice",
        minted: 1,
        relayed: 1,
        metered: { input_tokens: 10, cost_usd: 1.5, unpriced: 0 },
      },
      { user: "token:bob", relayed: 1, metered: { cost_usd: null, unpriced: 1 } },
      { user: "guest", tool_calls: 1, relayed: 0, metered: { cost_usd: 0 } },
    ]);
    expect(told.total).toMatchObject({ minted: 1, relayed: 2, tool_calls: 1, metered: { cost_usd: 1.5 } });
  }));

it("tells other callers what they used themselves, whatever they ask for", () =>
  withBooks(async ({ as }) => {
    for (const query of ["", "&user=token:bob", "&user=", "&team=red"]) {
      const answer = (await (await as("alice", `/usage?by=user${query}`)).json()) as Json;
      expect(answer).toMatchObject({ about: "token:alice", rows: [{ user: "token:alice" }] });
    }
    const listed = (await (await as("alice", "/usage/requests?user=token:bob")).json()) as Json;
    expect(listed.requests).toHaveLength(2);
    expect(JSON.stringify(listed)).not.toMatch(/bob|"default"/);
  }));

it("shows guests nothing, as they are booked together", () =>
  withBooks(async ({ as }) => {
    for (const path of ["/usage", "/usage/requests", "/usage/requests/of-guest-tool-call"]) {
      const answer = await as(undefined, path);
      expect([answer.status, ((await answer.json()) as Json).type]).toEqual([403, "/problems/usage-shared"]);
    }
  }));

it("keeps the names of keys at OpenAI to operators", () =>
  withBooks(async ({ as }) => {
    for (const path of [
      "/usage?by=upstream_key",
      "/usage?upstream_key=eu",
      "/usage/requests?upstream_key=eu",
    ]) {
      expect((await as("alice", path)).status).toBe(403);
      expect((await as("olga", path)).status).toBe(200);
    }
    const told = await (await as("alice", "/usage/requests/of-token:alice-relay")).text();
    expect(told).not.toMatch(/"eu"|rejected|req_1|upstream_key/);
  }));

it("groups by day, and shows one dimension alone", () =>
  withBooks(async ({ as }) => {
    const rows = await readRows(await as("olga", "/usage?period=day&team=red&time_zone=Europe/Vienna"));
    expect(rows).toMatchObject([{ at: expect.stringMatching(/T2[23]:00:00\.000Z$/), relayed: 1, minted: 1 }]);
    expect(await readRows(await as("olga", "/usage?until=2020-01-01&since=2019-12-01"))).toEqual([]);
  }));

it("is a file for spreadsheets, in which no name is a formula", () =>
  withBooks(async ({ as }) => {
    const answer = await as("olga", "/usage?by=model&format=csv");
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="usage.csv"');
    const lines = (await answer.text()).split("\r\n");
    expect(lines[0]).toMatch(/^model,minted,tool_calls,relayed,/);
    expect(lines.slice(1, 3)).toEqual([
      expect.stringMatching(/^gpt-5,/),
      expect.stringMatching(/^'=new\(\),/),
    ]);
  }));

it.each([
  ["/usage?since=soon", "/since"],
  ["/usage?by=usr", "/by"],
  ["/usage?period=week", "/period"],
  ["/usage?time_zone=Vienna", "/time_zone"],
  ["/usage?sinse=7d", "/sinse"],
  ["/usage?since=7d&since=8d", "/since"],
  ["/usage/requests?limit=501", "/limit"],
  ["/usage/requests?limit=0", "/limit"],
  ["/usage/requests?limit=-1", "/limit"],
])("%s is refused, and where it is wrong is said", (path, pointer) =>
  withBooks(async ({ as }) => {
    const answer = await as("alice", path);
    const problem = (await answer.json()) as Json;
    expect([answer.status, problem.type]).toEqual([422, "/problems/usage-query-invalid"]);
    expect(problem.errors).toMatchObject([{ pointer }]);
  }),
);

it("says that the database does not answer, and answers again when it does", async () => {
  await using books = await createBooks(bookedRecords);
  const options = { openai: "http://127.0.0.1:9/v1", yaml: usageYaml, env: { DATABASE_URL: books.url } };
  await using broker = await createTestBroker(options);
  const headers = { authorization: "Bearer olga-0123456789ab" };
  await books.database.run("alter table usage_days rename to away");
  const failed = await broker.fetch("/usage?since=30d", { headers });
  expect([failed.status, await failed.text()]).toEqual([503, expect.not.stringContaining("usage_days")]);
  await books.database.run("alter table away rename to usage_days");
  expect((await broker.fetch("/usage?since=30d", { headers })).status).toBe(200);
});

it("answers a caller who asks too much at once with 429, and the others as before", () =>
  withBooks(async ({ broker, as }) => {
    const statuses = await Promise.all(
      Array.from({ length: 30 }, () => as("alice", "/usage?period=hour")).map(async (asked) => {
        const answer = await asked;
        await answer.text();
        return answer.status;
      }),
    );
    expect([...new Set(statuses)].sort()).toEqual([200, 429]);
    expect((await as("olga", "/usage")).status).toBe(200);
    expect(broker.logs.filter(({ level }) => level === "error")).toEqual([]);
  }));

it("answers the documentation's command", () =>
  withBooks(async ({ broker }) => {
    const script = exampleIn("docs/books.md", "sh", "<!-- example: ask for usage -->");
    const env = { PATH: "/usr/bin:/bin", BROKER: broker.url, ALICE_TOKEN: "alice-0123456789" };
    const { stdout } = await promisify(execFile)("bash", ["-euc", script], { env, timeout: 10_000 });
    expect(JSON.parse(stdout)).toMatchObject({ about: "token:alice", rows: [{ user: "token:alice" }] });
  }));

it("sums beyond what a whole number holds are answered, as pages may report anything", async () => {
  const days = [1, 2, 3].map((day) =>
    usageRecord(`of-day-${day}`, { at: Date.now() - day * 86_400_000, caller: "token:olga" }),
  );
  await using books = await createBooks(days);
  await books.database.run("update usage_days set cost_nano_usd = 4611686018427387904");
  const env = { DATABASE_URL: books.url };
  await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: usageYaml, env });
  const headers = { authorization: "Bearer olga-0123456789ab" };
  const answer = await broker.fetch("/usage?since=30d", { headers });
  expect((await answer.json()).total.metered.cost_usd).toBeGreaterThan(13e9);
});
