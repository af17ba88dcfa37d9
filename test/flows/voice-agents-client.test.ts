// `@openai/agents-realtime`, unchanged, in sessions that the service watches over: it sends its own settings when it connects.
import { RealtimeAgent, RealtimeSession } from "@openai/agents-realtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker } from "../support/broker.ts";
import { emulatorControl, OPENAI_KEY, takeTicket, voiceYaml } from "../support/voice-calls.ts";

let emulator: Emulator;
let openAi: ReturnType<typeof emulatorControl>;

beforeEach(async () => {
  emulator = await startEmulator();
  openAi = emulatorControl(emulator.baseUrl);
});
afterEach(() => emulator.close());

const responses = async () => {
  const [call] = (await openAi.calls()) as unknown as { responses: { instructions: string }[] }[];
  return (call?.responses ?? []).map(({ instructions }) => instructions);
};

it.each([
  ["enforce", "Be kind."],
  ["watch", ""],
])("under %s the model answers as told by %o", async (supervision, instructions) => {
  await using broker = await createTestBroker({
    ...{ openai: emulator.baseUrl, yaml: voiceYaml("{}", supervision), env: { OPENAI_API_KEY: OPENAI_KEY } },
  });
  const { value } = await takeTicket(broker);
  const session = new RealtimeSession(new RealtimeAgent({ name: "page" }), { transport: "websocket" });
  const answered = Promise.withResolvers<void>();
  session.transport.on("turn_done", () => answered.resolve());
  const url = `${broker.url.replace("http", "ws")}/v1/realtime`;
  await session.connect({ apiKey: value, url });
  session.sendMessage("Hello?");
  await answered.promise;
  await expect.poll(async () => (await responses()).at(-1)).toBe(instructions);
  session.close();
});
