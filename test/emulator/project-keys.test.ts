// Service accounts and keys of projects, judged by OpenAI's own client.
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ apiKey: "sk-operators-own-0001" });
});
afterAll(() => emulator.close());

const PROJECT = { project_id: "proj_a" };
const admin = () =>
  new OpenAI({ baseURL: emulator.baseUrl, adminAPIKey: "sk-admin-1", apiKey: null, maxRetries: 0 }).admin
    .organization.projects;
const modelsWith = (apiKey: string) =>
  new OpenAI({ baseURL: emulator.baseUrl, apiKey, maxRetries: 0 }).models.list();

it("makes a service account with a key that works until its account is deleted", async () => {
  const account = await admin().serviceAccounts.create(PROJECT.project_id, { name: "broker" });
  const value = account.api_key?.value ?? "";
  expect((await modelsWith(value)).data.length).toBeGreaterThan(0);
  const listed = await admin().serviceAccounts.list(PROJECT.project_id);
  expect(listed.data).toContainEqual(expect.objectContaining({ id: account.id, name: "broker" }));
  await admin().serviceAccounts.delete(account.id, PROJECT);
  await expect(modelsWith(value)).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
  await expect(admin().serviceAccounts.delete(account.id, PROJECT)).rejects.toMatchObject({ status: 404 });
});

it("makes further keys of an account, and deletes one of them alone", async () => {
  const account = await admin().serviceAccounts.create("proj_b", { name: "broker" });
  const project = { project_id: "proj_b" };
  const second = await admin().serviceAccounts.apiKeys.create(account.id, { ...project, name: "second" });
  const names = [];
  for await (const { name, owner } of admin().apiKeys.list("proj_b", { limit: 1 })) {
    names.push([name, owner.service_account?.id]);
  }
  expect(names).toEqual([
    ["Secret Key", account.id],
    ["second", account.id],
  ]);
  await admin().apiKeys.delete(second.id, project);
  await expect(modelsWith(second.value)).rejects.toMatchObject({ status: 401 });
  expect((await modelsWith(account.api_key?.value ?? "")).data.length).toBeGreaterThan(0);
});

it("lists a key that was there before, and refuses it once it is deleted", async () => {
  await modelsWith("sk-operators-own-0001");
  const { data } = await admin().apiKeys.list("proj_default");
  expect(data.map((key) => key.redacted_value)).toEqual(["sk-opera...0001"]);
  await admin().apiKeys.delete(data[0]?.id ?? "", { project_id: "proj_default" });
  await expect(modelsWith("sk-operators-own-0001")).rejects.toMatchObject({ status: 401 });
});

it("lets admin keys in only", async () => {
  const client = new OpenAI({
    baseURL: emulator.baseUrl,
    adminAPIKey: "sk-other",
    apiKey: null,
    maxRetries: 0,
  });
  const asked = client.admin.organization.projects.apiKeys.list("proj_a");
  await expect(asked).rejects.toMatchObject({ status: 401 });
});
