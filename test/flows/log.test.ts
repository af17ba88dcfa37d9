// What callers write into their requests does not carry credentials into the log, nor fill it.
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";

const openai = "http://127.0.0.1:9/v1";
const key = "sk-proj-Zq81mWn0Zq81mWn0";
const json = { "content-type": "application/json" };

it.each<[place: string, path: string, init: RequestInit]>([
  ["an address", `/${key}`, {}],
  ["an address below", `/tools/${key}/x`, {}],
  ["a profile's name in the address", `/ephemeral-key?profile=a${key}`, {}],
  [
    "a profile's name in a body",
    "/ephemeral-key",
    { method: "POST", headers: json, body: JSON.stringify({ profile: key }) },
  ],
  [
    "a field of the key request",
    "/ephemeral-key",
    { method: "POST", headers: json, body: JSON.stringify({ session: { [key]: 1 } }) },
  ],
  [
    "a value of the key request",
    "/ephemeral-key",
    { method: "POST", headers: json, body: JSON.stringify({ session: { model: key } }) },
  ],
  [
    "an argument's name",
    "/current_time",
    { method: "POST", headers: json, body: JSON.stringify({ [key]: 1 }) },
  ],
  [
    "an argument's value",
    "/current_time",
    { method: "POST", headers: json, body: JSON.stringify({ time_zone: key }) },
  ],
  ["a body that is no JSON", "/current_time", { method: "POST", headers: json, body: `{"a": ${key}}` }],
  ["a query", `/current_time?time_zone=x${key}`, {}],
  [
    "headers",
    "/tools",
    { headers: { "user-agent": key, origin: `https://${key}.example`, "x-request-id": key } },
  ],
  ["a wrong token", "/tools", { headers: { authorization: `Bearer ${key}` } }],
])("a key in %s stays out of the log", async (_, path, init) => {
  await using broker = await createTestBroker({ openai });
  await broker.fetch(path, init);
  expect(broker.logs.filter(({ level }) => level !== "warn")).toEqual([
    expect.objectContaining({ msg: "request", request_id: expect.any(String) }),
  ]);
  expect(JSON.stringify(broker.logs)).not.toContain("Zq81mWn0");
});

it("a body that is wrong in nine thousand places is one short line, and one short answer", async () => {
  await using broker = await createTestBroker({ openai });
  const body = JSON.stringify(
    Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`a${index}`, 1])),
  );
  const answer = await broker.fetch("/current_time", { method: "POST", headers: json, body });
  expect([answer.status, (await answer.text()).length < 3000]).toEqual([422, true]);
  expect(JSON.stringify(broker.logs).length).toBeLessThan(1500);
});

it("a refused token leaves its reason in the log, under the id that the caller got", async () => {
  await using broker = await createTestBroker({ openai });
  for (const authorization of ["Bearer nobody-knows-me", "Basic eDp5"]) {
    const answer = await broker.fetch("/tools", { headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(broker.logs.at(-1)).toMatchObject({
      request_id: answer.headers.get("x-request-id"),
      problem: "credentials-rejected",
      cause: { message: expect.stringMatching(/^(?:it is no configured token|the header Authorization)/) },
    });
  }
});
