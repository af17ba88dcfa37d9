// The emulator's bill, as OpenAI's own client asks for it with an admin key.
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";

const DAY = 86_400;
const FIRST = Date.parse("2026-11-01") / 1000;

let emulator: Emulator;
let now = FIRST;
beforeAll(async () => {
  emulator = await startEmulator({ now: () => now * 1000 });
});
afterAll(() => emulator.close());

const clientOf = (apiKey: string, project?: string) =>
  new OpenAI({ baseURL: emulator.baseUrl, apiKey, project: project ?? null, maxRetries: 0 });
const admin = () =>
  new OpenAI({ baseURL: emulator.baseUrl, adminAPIKey: "sk-admin-1", maxRetries: 0 }).admin.organization
    .usage;

const messages = [{ role: "user" as const, content: "How much is this?" }];

it("counts by day, project, key and model, and gives out so many days at once", async () => {
  for (const day of [0, 1, 9]) {
    now = FIRST + day * DAY + 3600;
    await clientOf("sk-one").chat.completions.create({ model: "gpt-5-mini", messages });
  }
  await clientOf("sk-one").responses.create({ model: "gpt-5", input: "Hello" });
  await clientOf("sk-two", "proj_two").chat.completions.create({ model: "gpt-5", messages });
  const query = {
    ...{ start_time: FIRST, end_time: FIRST + 10 * DAY },
    group_by: ["project_id" as const, "api_key_id" as const, "model" as const],
  };
  const first = await admin().completions(query);
  expect(first).toMatchObject({ has_more: true, data: { length: 7 } });
  expect(first.data.map(({ results }) => results.length)).toEqual([1, 1, 0, 0, 0, 0, 0]);
  const rest = await admin().completions({ ...query, page: first.next_page ?? "" });
  expect(rest).toMatchObject({ has_more: false, next_page: null, data: { length: 3 } });
  expect(rest.data[2]).toMatchObject({
    start_time: FIRST + 9 * DAY,
    results: [
      {
        model: "gpt-5-mini",
        project_id: "proj_default",
        num_model_requests: 1,
        input_tokens: 5,
        output_tokens: 7,
      },
      { model: "gpt-5", project_id: "proj_default", num_model_requests: 1 },
      { model: "gpt-5", project_id: "proj_two", num_model_requests: 1 },
    ],
  });
  const all = await admin().completions({ start_time: FIRST, limit: 31 });
  expect(all.data.flatMap(({ results }) => results)).toMatchObject([
    { model: null, api_key_id: null, num_model_requests: 1 },
    { num_model_requests: 1 },
    { num_model_requests: 3 },
  ]);
  const two = await admin().completions({ start_time: FIRST, limit: 31, project_ids: ["proj_two"] });
  expect(two.data.flatMap(({ results }) => results)).toMatchObject([{ num_model_requests: 1 }]);
});

it("charges for it by line of the bill", async () => {
  const query = { start_time: FIRST + 9 * DAY, end_time: FIRST + 10 * DAY };
  const { data } = await admin().costs({ ...query, group_by: ["line_item", "project_id"] });
  const lines = data.flatMap(({ results }) => results) as { line_item: string; amount: { value: number } }[];
  expect(lines.map(({ line_item }) => line_item).toSorted()).toEqual([
    ...["gpt-5, input_tokens", "gpt-5, input_tokens", "gpt-5, output_tokens", "gpt-5, output_tokens"],
    ...["gpt-5-mini, input_tokens", "gpt-5-mini, output_tokens"],
  ]);
  const mini = lines.filter(({ line_item }) => line_item.startsWith("gpt-5-mini"));
  expect(mini.reduce((sum, { amount }) => sum + amount.value, 0)).toBeCloseTo((5 * 0.25 + 7 * 2) / 1e6, 12);
});

it("bills an answer that the client does not stay to read", async () => {
  const countOf = async () => {
    const { data } = await admin().completions({ start_time: FIRST + 20 * DAY, limit: 31 });
    return data.flatMap(({ results }) => results as { num_model_requests: number }[])[0]?.num_model_requests;
  };
  now = FIRST + 20 * DAY + 60;
  const stream = await clientOf("sk-one").chat.completions.create({ model: "gpt-5", messages, stream: true });
  stream.controller.abort();
  expect(await countOf()).toBe(1);
});

it("counts images, recordings and speech in their own units", async () => {
  now = FIRST + 25 * DAY + 60;
  await clientOf("sk-one").images.generate({ model: "gpt-image-1", prompt: "A lighthouse", n: 3 });
  await clientOf("sk-one").audio.speech.create({ model: "tts-1", voice: "marin", input: "Hello" });
  await clientOf("sk-one").embeddings.create({ model: "text-embedding-3-small", input: "Hello there" });
  const query = { start_time: FIRST + 25 * DAY };
  const rowsOf = async (page: Promise<{ data: { results: unknown[] }[] }>) =>
    (await page).data.flatMap(({ results }) => results);
  expect(await rowsOf(admin().images(query))).toMatchObject([{ images: 3, num_model_requests: 1 }]);
  expect(await rowsOf(admin().audioSpeeches(query))).toMatchObject([{ characters: 5 }]);
  expect(await rowsOf(admin().embeddings(query))).toMatchObject([{ input_tokens: 3 }]);
  expect(await rowsOf(admin().audioTranscriptions(query))).toEqual([]);
});

it("tells it to admin keys only", async () => {
  const client = new OpenAI({ baseURL: emulator.baseUrl, adminAPIKey: "sk-plain", maxRetries: 0 });
  await expect(client.admin.organization.usage.costs({ start_time: FIRST })).rejects.toMatchObject({
    status: 401,
  });
});
