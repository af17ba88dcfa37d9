// GPT-Live sessions of a running service at an emulator of OpenAI, by a client without media.
import { expect } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker, type TestBroker } from "./broker.ts";
import { ledgers, type TestLedger } from "./ledger.ts";
import { ALICE, emulatorControl, OPENAI_KEY } from "./voice-calls.ts";

export const LIVE_OFFER =
  "v=0\r\ns=emulator-without-media\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n";

const live = (supervision: string, more = "") => `
    supervision: ${supervision}
    overrides: [instructions]
    session:
      type: live
      model: gpt-live-1
      instructions: Be brief.
      delegation: { type: responses, responses: { model: gpt-6-luna } }
    ${more}`;

/** `voice` and `tools` as one line of YAML each. */
export const liveYaml = (voice = "{}", tools = "[]") => `
callers: { tokens: [{ name: alice, token: alice-0123456789 }] }
limits: { address: none, mints: { caller: none } }
profiles:
  default: ${live("enforce", `voice: ${voice}\n    tools: ${tools}`)}
  sealed: ${live("sealed")}
  spoken: { session: { type: realtime, model: gpt-realtime-2.1 } }
  watched: { supervision: watch, session: { type: realtime, model: gpt-realtime-2.1 } }
`;

export interface LiveReport {
  id: string;
  session: Record<string, unknown>;
  seconds_billed: number;
  ended_by: string | null;
  sidebands: number;
  responses: object[];
  backend_tokens: { input_tokens: number; output_tokens: number };
}

export interface LiveTicket {
  value: string;
  session: { type: string; model: string };
  connect: { live?: string };
  supervision: { session: string; grant: string };
}

/** An emulator, the books, and what both have of the sessions. */
export const startLiveOpenAi = async () => {
  const emulator: Emulator = await startEmulator();
  const ledger: TestLedger = await ledgers[0][1]();
  const control = (method: string, path: string, body?: object) =>
    emulatorControl(emulator.baseUrl).control(method, `/live/sessions${path}`, body);
  return {
    control,
    sessions: async () => ((await (await control("GET", "")).json()) as { sessions: LiveReport[] }).sessions,
    details: async (id: string) => (await (await control("GET", `/${id}`)).json()) as LiveReport,
    emulator: emulatorControl(emulator.baseUrl).control,
    brokerWith: (yaml = liveYaml()) =>
      createTestBroker({
        openai: emulator.baseUrl,
        yaml,
        env: { ...ledger.env, OPENAI_API_KEY: OPENAI_KEY },
      }),
    booked: async () => {
      const [row] = await ledger.database.all(
        `select sum(seconds) as seconds, sum(text_in + text_cached + text_cache_writes) as tokens_in,
          sum(text_out) as tokens_out, sum(cost_nano_usd) as cost from usage_records where kind = 'voice'`,
      );
      return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value ?? 0)]));
    },
    [Symbol.asyncDispose]: async () => {
      await ledger[Symbol.asyncDispose]();
      await emulator.close();
    },
  };
};

type Fetching = Pick<TestBroker, "fetch">;

export const liveTicket = async (broker: Fetching, query = ""): Promise<LiveTicket> =>
  (await (await broker.fetch(`/ephemeral-key${query}`, { headers: ALICE })).json()) as LiveTicket;

export const postLive = (broker: Fetching, bearer: string, body: object, query = "") =>
  broker.fetch(`/v1/live/sessions${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** A session that a ticket began. */
export const beginLive = async (broker: Fetching) => {
  const { value, supervision } = await liveTicket(broker);
  const answer = await postLive(broker, value, { sdp: LIVE_OFFER });
  const body = (await answer.json()) as { session: { id: string } };
  expect(answer.status, JSON.stringify(body)).toBe(201);
  return { id: body.session.id, ...supervision };
};

/** How the session of a grant stands. */
export const currentOf = async (broker: Fetching, grant: string) => {
  const headers = { authorization: `Bearer ${grant}` };
  return (await (await broker.fetch("/sessions/current", { headers })).json()) as {
    state: string;
    reason: string | null;
  };
};
