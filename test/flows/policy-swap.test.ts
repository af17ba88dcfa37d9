// Another broker.yaml while requests are in flight: what is open stays open, what was counted stays counted.
import { expect, it } from "vitest";
import { startBackend } from "../support/backend.ts";
import { createTestBroker } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";
import { account, minted } from "../support/upstream.ts";
import { until } from "../support/wait.ts";

const as = (name: string) => ({ headers: { authorization: `Bearer ${name}-0123456789abcdef` } });
const tokens = (...names: string[]) =>
  `callers: { tokens: [${names.map((name) => `{ name: ${name}, token: ${name}-0123456789abcdef }`).join(", ")}] }`;
const profile = (model: string, more = "") =>
  `profiles: { default: { session: { type: realtime, model: ${model} }${more} } }`;

it("answers every request by one policy or the other while policies change under load", async () => {
  await using openai = await account({
    mints: (answer, asked) => {
      const { model } = JSON.parse(asked.body).session;
      const body = { value: "ek_0123456789abcdef", expires_at: 4_102_444_800 };
      answer.setHeader("content-type", "application/json");
      answer.end(JSON.stringify({ ...body, session: { type: "realtime", model } }));
    },
  });
  const limits = "limits: { mints: { caller: none }, address: none }";
  const policies = ["gpt-realtime", "gpt-realtime-mini"].map(
    (model) => `${tokens("alice")}\n${limits}\n${profile(model)}`,
  );
  await using service = await createTestBroker({ openai: openai.baseUrl, yaml: policies[0] ?? "" });
  const seen: string[] = [];
  let isOver = false;
  const load = async () => {
    while (!isOver) {
      const answer = await service.fetch("/ephemeral-key", as("alice"));
      expect(answer.status).toBe(200);
      seen.push((await answer.json()).session.model);
    }
  };
  const clients = Array.from({ length: 8 }, load);
  for (let swap = 1; swap <= 30; swap += 1) {
    await service.useConfig(policies[swap % 2] ?? "");
    const before = seen.length;
    await until("requests went on", () => seen.length > before + 8);
    expect(seen.at(-1)).toBe(swap % 2 === 0 ? "gpt-realtime" : "gpt-realtime-mini");
  }
  isOver = true;
  await Promise.all(clients);
  expect(new Set(seen)).toEqual(new Set(["gpt-realtime", "gpt-realtime-mini"]));
});

it("lets a request end under the policy that it began with", async () => {
  const held = Promise.withResolvers<void>();
  await using backend = await startBackend((response) => void held.promise.then(() => response.end("late")));
  const slow = `tools: { slow: { description: Takes its time., request: { url: "${backend.url}/" } } }`;
  await using service = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    yaml: `${tokens("alice")}\n${profile("gpt-realtime", ", tools: [slow]")}\n${slow}`,
  });
  const begun = service.fetch("/slow", as("alice"));
  await until("the tool is running", () => backend.requests.length === 1);
  await service.useConfig(`${tokens("bob")}\n${profile("gpt-realtime")}`);
  expect((await service.fetch("/slow", as("alice"))).status).toBe(401);
  expect((await service.fetch("/slow", as("bob"))).status).toBe(404);
  held.resolve();
  expect(await (await begun).text()).toBe("late");
});

it("keeps what was counted, and what is in flight, under the limits that hold now", async () => {
  const held = Promise.withResolvers<void>();
  await using openai = await account({ mints: (answer) => void held.promise.then(() => minted(answer)) });
  const under = (limits: string) => `${tokens("alice")}\nlimits: ${limits}\n${profile("gpt-realtime")}`;
  await using service = await createTestBroker({
    openai: openai.baseUrl,
    yaml: under("{ mints: { caller: 5 per hour } }"),
  });
  const ask = () => service.fetch("/ephemeral-key", as("alice"));
  const first = [ask(), ask()];
  await until("both are in flight", () => openai.of("mints").length === 2);
  await service.useConfig(under("{ mints: { caller: 3 per hour }, in_flight: { caller: 2 } }"));
  expect(await problemIn(await ask())).toMatchObject({ "violated-policies": ["in-flight-caller"] });
  held.resolve();
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await ask()).headers.get("ratelimit")).toContain('"mints-caller-hour";r=0');
  expect(await problemIn(await ask())).toMatchObject({ "violated-policies": ["mints-caller-hour"] });
});

it("changes nothing where the new policy has mistakes, and names them all", async () => {
  await using openai = await account();
  await using service = await createTestBroker({
    openai: openai.baseUrl,
    yaml: `${tokens("alice")}\n${profile("gpt-realtime")}`,
  });
  const wrong = `${tokens("bob")}\n${profile("gpt-realtime", ", tools: [no_such_tool, nor_this]")}`;
  const problems = [expect.stringContaining("no_such_tool"), expect.stringContaining("nor_this")];
  await expect(service.useConfig(wrong)).rejects.toMatchObject({ problems });
  expect((await service.fetch("/ephemeral-key", as("alice"))).status).toBe(200);
  expect((await service.fetch("/ephemeral-key", as("bob"))).status).toBe(401);
});

it("answers by the last of several policies that were given at once", async () => {
  await using openai = await account();
  const yamlOf = (name: string) => `${tokens(name)}\n${profile("gpt-realtime")}`;
  await using service = await createTestBroker({ openai: openai.baseUrl, yaml: yamlOf("alice") });
  await Promise.all(["bob", "carol", "dave"].map((name) => service.useConfig(yamlOf(name))));
  const statuses = ["alice", "bob", "carol", "dave"].map(async (name) => {
    const { status } = await service.fetch("/ephemeral-key", as(name));
    return status;
  });
  expect(await Promise.all(statuses)).toEqual([401, 401, 401, 200]);
});
