// Captions of a sealed session: for its page, also where that asks another replica.
import { expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker } from "../support/broker.ts";
import { type EventReader, readEvents } from "../support/event-stream.ts";
import { ledgers } from "../support/ledger.ts";
import { startRedis } from "../support/redis.ts";
import {
  emulatorControl,
  OFFER,
  OPENAI_KEY,
  postOffer,
  takeTicket,
  voiceYaml,
} from "../support/voice-calls.ts";

const captionsIn = async ({ next }: EventReader, count: number): Promise<unknown[]> => {
  const said: unknown[] = [];
  while (said.length < count) {
    const told = await next();
    if (told === undefined) break;
    if (told.event === "caption" && told.data.whole === true) said.push(told.data);
  }
  return said;
};

it("tells a sealed session's page what is said, on the session's replica and on another", async () => {
  const emulator = await startEmulator();
  const openAi = emulatorControl(emulator.baseUrl);
  await using ledger = await ledgers[0][1]();
  const redis = await startRedis();
  const env = { ...ledger.env, OPENAI_API_KEY: OPENAI_KEY, REDIS_URL: redis.url };
  const replica = () => createTestBroker({ openai: emulator.baseUrl, yaml: voiceYaml("{}", "sealed"), env });
  const [first, second] = [await replica(), await replica()];
  const { value, grant } = await takeTicket(first);
  const audio = { input: { transcription: { model: "gpt-4o-mini-transcribe" } } };
  const call = await openAi.prepareCall({ type: "realtime", output_modalities: ["text"], audio });
  expect((await postOffer(first, value, OFFER)).status).toBe(201);
  const streams = [
    await readEvents(`${first.url}/sessions/current`, grant),
    await readEvents(`${second.url}/sessions/current`, grant),
  ];
  for (const { next } of streams) expect(await next()).toMatchObject({ data: { state: "open" } });
  await openAi.control("POST", `/calls/${call}/speech`, { transcript: "Where is my order?", seconds: 0.5 });
  const [here, there] = await Promise.all(streams.map((stream) => captionsIn(stream, 2)));
  expect(here).toContainEqual({ by: "user", text: "Where is my order?", whole: true });
  expect(here).toContainEqual(expect.objectContaining({ by: "assistant" }));
  expect(there).toEqual(here);
  await Promise.all(streams.map(({ stop }) => stop()));
  await Promise.all([first.stop(), second.stop()]);
  await redis.stop();
  await emulator.close();
});
