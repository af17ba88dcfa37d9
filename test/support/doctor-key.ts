// An upstream key for doctor's unit tests, with an OpenAI of the test's own behind it.
import type {
  Answer,
  DoctorKey,
  EventSocket,
  OpenAiAccess,
  RealtimeEvent,
} from "../../server/doctor/openai.ts";
import { Secret } from "../../server/secret.ts";

const unasked = (): never => {
  throw new Error("the test does not ask this");
};

export const answerOf = (status: number, body: unknown = {}, more: Partial<Answer> = {}): Answer => ({
  ...{ status, headers: { "content-type": "application/json" }, ms: 10, at: 0 },
  text: typeof body === "string" ? body : JSON.stringify(body),
  ...more,
});

export const minted = {
  value: new Secret("ek_1"),
  ...{
    expiresAt: 0,
    session: {},
    connect: { webrtc: "", websocket: "" },
    requestId: undefined,
    upstreamKey: "default",
  },
};

export const doctorKey = (access: Partial<OpenAiAccess> = {}, more: Partial<DoctorKey> = {}): DoctorKey => ({
  ...{ name: "default", secret: new Secret("sk-proj-0123456789abcdef0123"), setting: "OPENAI_API_KEY" },
  ...{ baseUrl: "https://api.openai.com/v1", baseUrlSetting: "OPENAI_BASE_URL" },
  ...{ organization: undefined, project: undefined },
  access: {
    ...{ listModels: unasked, timeModels: unasked, mint: async () => minted },
    ...{ startCall: unasked, hangUp: unasked, openSocket: unasked },
    ...access,
  },
  ...more,
});

/** A socket that says these events, then closes or falls silent; and what it was told. */
export const socketOf = (events: readonly RealtimeEvent[], closedWith?: EventSocket["closedWith"]) => {
  const waiting = [...events];
  const sent: RealtimeEvent[] = [];
  let isDisposed = false;
  const socket: EventSocket = {
    send: (event) => void sent.push(event),
    next: (signal) => {
      const event = waiting.shift();
      if (event || closedWith) return Promise.resolve(event);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
    closedWith,
    [Symbol.dispose]: () => {
      isDisposed = true;
    },
  };
  return { socket, sent, isDisposed: () => isDisposed };
};
