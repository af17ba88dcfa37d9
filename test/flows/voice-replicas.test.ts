// Two replicas as processes: sessions whose replica is killed, or stops, go on under the other.
import { describe, expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { sqlSessionStore } from "../../server/sessions/session-store.sql.ts";
import { ledgers, type TestLedger } from "../support/ledger.ts";
import { type ServiceProcess, startProcess } from "../support/process.ts";
import {
  bookedUsage,
  emulatorControl,
  OPENAI_KEY,
  startPeerless,
  voiceYaml,
} from "../support/voice-calls.ts";
import { until } from "../support/wait.ts";

const SESSIONS = 20;

const start = (openAi: string, { env }: TestLedger): ServiceProcess =>
  startProcess({ OPENAI_API_KEY: OPENAI_KEY, OPENAI_BASE_URL: openAi, ...env }, voiceYaml());

const setUp = async (ledger: TestLedger) => {
  const emulator = await startEmulator();
  const openAi = emulatorControl(emulator.baseUrl);
  const [first, second] = [start(emulator.baseUrl, ledger), start(emulator.baseUrl, ledger)];
  const url = await first.listening();
  await second.listening();
  const store = sqlSessionStore(ledger.database);
  await startPeerless([{ url }], openAi, SESSIONS);
  const own = async () => (await store.list({ isOpen: true })).map(({ owner }) => owner);
  const [firstOwner] = await own();
  return {
    ...{ openAi, first, second, store, own, firstOwner },
    /** All sessions have a sideband, and an owner that is not the first one. */
    areTakenOver: async () => {
      const owners = await own();
      const calls = (await openAi.calls()).filter(({ open, sidebands }) => open && sidebands === 1);
      return (
        calls.length === SESSIONS &&
        owners.length === SESSIONS &&
        owners.every((owner) => owner !== undefined && owner !== firstOwner)
      );
    },
    /** Every user speaks, and the model answers. */
    speak: async (responses: number) => {
      await openAi.control("POST", "/calls/all/speech", { seconds: 0.1 });
      await until("all are answered", async () => (await openAi.usage()).total.responses >= responses);
    },
    isBooked: () =>
      until("the books agree with OpenAI's count", async () => {
        const { total } = await openAi.usage();
        const booked = await bookedUsage(ledger);
        return (
          booked.parts === total.responses + total.transcriptions &&
          booked.output_text_tokens === total.output_text_tokens &&
          booked.input_audio_tokens === total.input_audio_tokens + total.transcription_input_audio_tokens
        );
      }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([first, second].map((each) => each[Symbol.asyncDispose]()));
      await emulator.close();
    },
  };
};

describe.each(ledgers)("%s", (_, open) => {
  it("has all sessions of a replica that was killed taken over within five seconds, with exact sums", async () => {
    await using ledger = await open();
    await using place = await setUp(ledger);
    await place.speak(SESSIONS);
    await place.isBooked();
    place.first.signal("SIGKILL");
    const killedAt = performance.now();
    await until("all sessions are taken over", place.areTakenOver);
    expect(performance.now() - killedAt).toBeLessThan(5500);
    await place.speak(2 * SESSIONS);
    await place.isBooked();
    expect(await place.store.requestEnd({}, "operator")).toBe(SESSIONS);
    await until("all are ended", async () => (await place.openAi.calls()).every((call) => !call.open), 3);
    expect((await place.store.list({})).map(({ reason }) => reason)).toEqual(
      Array(SESSIONS).fill("operator"),
    );
  });

  it("hands all sessions of a replica that stops to the other within a second, and ends none", async () => {
    await using ledger = await open();
    await using place = await setUp(ledger);
    place.first.signal("SIGTERM");
    expect(await place.first.exited).toBe(0);
    const stoppedAt = performance.now();
    await until("all sessions are taken over", place.areTakenOver);
    expect(performance.now() - stoppedAt).toBeLessThan(1500);
    await place.speak(SESSIONS);
    await place.isBooked();
  });
});
