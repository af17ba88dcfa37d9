// The operator's events: to operators alone, however the right is lost, and to no end.
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { createTestTime } from "../support/time.ts";

const yamlFor = (allowed: string) => `
callers: { tokens: [{ name: olga, token: olga-0123456789ab, roles: [operator] }] }
operators: { allow: [${allowed}] }
`;
const openai = "http://127.0.0.1:9/v1";
const headers = { authorization: "Bearer olga-0123456789ab", "content-type": "application/json" };

const openAs = (broker: TestBroker, token: string, method = "GET") => {
  const authorization = `Bearer ${token}`;
  return fetch(`${broker.url}/admin/api/events`, { method, headers: { authorization } });
};

it("who lost the role is told of no requests any longer than half a minute", async () => {
  const time = createTestTime();
  await using broker = await createTestBroker({ openai, yaml: yamlFor("role:operator"), ...time });
  const body = JSON.stringify({ name: "uma", roles: ["operator"] });
  const added = await broker.fetch("/admin/api/users", { method: "POST", headers, body });
  const { token } = await added.json();
  const answer = await openAs(broker, token);
  expect(answer.status).toBe(200);
  const change = { method: "PATCH", headers, body: JSON.stringify({ roles: [] }) };
  await broker.fetch("/admin/api/users/uma", change);
  await time.pass(31_000);
  expect(await answer.text()).toBe(": \n\n");
  expect((await openAs(broker, token)).status).toBe(403);
});

it("who is no operator in a new broker.yaml is told of no requests any longer than half a minute", async () => {
  const time = createTestTime();
  await using broker = await createTestBroker({ openai, yaml: yamlFor("role:operator"), ...time });
  const answer = await openAs(broker, "olga-0123456789ab");
  await broker.useConfig(yamlFor("role:nobody"));
  await time.pass(31_000);
  expect(await answer.text()).toBe(": \n\n");
  expect((await openAs(broker, "olga-0123456789ab")).status).toBe(403);
});

it("a request for the head alone ends at once, and takes no place", async () => {
  await using broker = await createTestBroker({ openai, yaml: yamlFor("role:operator") });
  for (let asked = 0; asked < 40; asked += 1) {
    const answer = await openAs(broker, "olga-0123456789ab", "HEAD");
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  }
});
