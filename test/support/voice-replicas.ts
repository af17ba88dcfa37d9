// Replicas as processes over one database, with sessions at an emulator that have no browsers.
import { startEmulator } from "../../emulator/emulator.ts";
import { sqlSessionStore } from "../../server/sessions/store/session-store.sql.ts";
import type { TestLedger } from "./ledger.ts";
import { type ServiceProcess, startProcess } from "./process.ts";
import { bookedUsage, emulatorControl, OPENAI_KEY, startPeerless, voiceYaml } from "./voice-calls.ts";
import { until } from "./wait.ts";

export interface Replica {
  process: ServiceProcess;
  url: string;
}

export const voiceReplicas = async (ledger: TestLedger, sessions: number) => {
  const emulator = await startEmulator();
  const openAi = emulatorControl(emulator.baseUrl);
  const processes: ServiceProcess[] = [];
  const store = sqlSessionStore(ledger.database);
  const env = { OPENAI_API_KEY: OPENAI_KEY, OPENAI_BASE_URL: emulator.baseUrl, ...ledger.env };
  const joinedCalls = async () =>
    (await openAi.calls()).filter(({ open, sidebands }) => open && sidebands > 0);
  return {
    ...{ openAi, store, joinedCalls },
    startReplica: async (): Promise<Replica> => {
      const process = startProcess(env, voiceYaml());
      processes.push(process);
      return { process, url: await process.listening() };
    },
    startSessions: (replicas: readonly Replica[]) => startPeerless(replicas, openAi, sessions),
    owners: async () => new Set((await store.list({ isOpen: true, limit: 1000 })).map(({ owner }) => owner)),
    /** Resolves when each session has a sideband, and an owner that is none of those; with the milliseconds that it took. */
    takenOverFrom: async (before: ReadonlySet<string | undefined>): Promise<number> => {
      const from = performance.now();
      await until("all sessions are taken over", async () => {
        const owners = (await store.list({ isOpen: true, limit: 1000 })).map(({ owner }) => owner);
        const isOwned = owners.every((owner) => owner !== undefined && !before.has(owner));
        return isOwned && owners.length === sessions && (await joinedCalls()).length === sessions;
      });
      return performance.now() - from;
    },
    /** Every user speaks, and the model answers. */
    speak: async (): Promise<void> => {
      const before = (await openAi.usage()).total.responses;
      await openAi.control("POST", "/calls/all/speech", { seconds: 0.1 });
      await until(
        "all are answered",
        async () => (await openAi.usage()).total.responses >= before + sessions,
      );
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
    /** By a command beside the service. */
    endAll: async (): Promise<void> => {
      await store.requestEnd({}, "operator");
      await until("all are ended", async () => (await openAi.calls()).every((call) => !call.open));
      await until("all are noted", async () => (await store.list({ isOpen: true })).length === 0);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
      await emulator.close();
    },
  };
};
