// A broker with supervised profiles over an emulated OpenAI, and what a page does with a ticket.
import { startEmulator } from "../../emulator/emulator.ts";
import { createCaller } from "../emulator/caller.ts";
import { createTestBroker, type TestBroker, type TestBrokerOptions } from "./broker.ts";

export const ALICE = "alice-0123456789abcdef";
export const BOB = "bob-0123456789abcdefgh";

export const supervisedYaml = `
callers: { tokens: [{ name: alice, token: ${ALICE} }, { name: bob, token: ${BOB} }] }
cors: { origins: ["https://app.example.com"] }
operators: { allow: ["token:alice"] }
limits: { failed_authentication: none }
profiles:
  default:
    session: { type: realtime, model: gpt-realtime-2.1, instructions: The house's own words. }
    supervision: watch
  strict:
    session: { type: realtime, model: gpt-realtime-2.1 }
    supervision: enforce
    voice: { at_once: 1 }
  sealed: { session: { type: realtime, model: gpt-realtime-2.1 }, supervision: sealed }
  plain: { session: { type: realtime, model: gpt-realtime-2.1 } }
`;

export interface TicketAnswer {
  value: string;
  expires_at: number;
  profile: string;
  session: Record<string, unknown>;
  connect: { webrtc: string; websocket: string };
  supervision?: { session: string; grant: string };
}

export const as = (token: string) => ({ authorization: `Bearer ${token}` });

export const ticketOf = async (
  broker: Pick<TestBroker, "fetch">,
  profile = "default",
  token = ALICE,
): Promise<TicketAnswer> => {
  const answer = await broker.fetch(`/ephemeral-key?profile=${profile}`, { headers: as(token) });
  if (answer.status !== 200) throw new Error(`no ticket: ${answer.status} ${await answer.text()}`);
  return answer.json();
};

/** Posts an offer to the service, as a page does. */
export const post = (
  broker: Pick<TestBroker, "fetch">,
  token: string,
  offer: BodyInit,
  { query = "", headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): Promise<Response> =>
  broker.fetch(`/v1/realtime/calls${query}`, {
    method: "POST",
    headers: { ...as(token), "content-type": "application/sdp", ...headers },
    body: offer,
  });

/** An offer of a page's; without a data channel where it asks for sound alone. */
export const offerOf = async (events = true): Promise<string> => {
  const caller = createCaller({ events });
  const offer = await caller.offer();
  await caller.close();
  return offer;
};

/** `code` of a refusal under /v1. */
export const codeOf = async (answer: Response): Promise<[status: number, code: unknown]> => {
  const { error } = (await answer.json()) as { error?: { code: unknown } };
  return [answer.status, error?.code];
};

export interface Supervised extends AsyncDisposable {
  broker: TestBroker;
  /** `https://…/v1` of the emulator. */
  openai: string;
}

/** Use with `await using`. */
export const supervise = async (options: Partial<TestBrokerOptions> = {}): Promise<Supervised> => {
  const emulator = await startEmulator();
  const broker = await createTestBroker({ openai: emulator.baseUrl, yaml: supervisedYaml, ...options });
  return {
    broker,
    openai: emulator.baseUrl,
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await emulator.close();
    },
  };
};
