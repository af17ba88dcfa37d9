// Calls with the emulator for the tests: started by a server for its caller, and what the emulator's own routes say of them.
import OpenAI from "openai";
import type { RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import type { Caller } from "./caller.ts";
import { connectSocket, type SocketClient } from "./socket-client.ts";

/** As `GET /emulator/calls` tells it. */
export interface CallReport extends Record<string, unknown> {
  id: string;
  open: boolean;
  ended_by: string | null;
  sidebands: number;
  usage: Record<string, number>;
}

export interface CallClient {
  openai: OpenAI;
  /** Starts a call with the standard key for the caller, and gives its id once the caller is connected. */
  call(caller: Caller, session?: Partial<RealtimeSessionCreateRequest>): Promise<string>;
  /** A call without a peer; gives its id. */
  peerless(body?: object, headers?: Record<string, string>): Promise<string>;
  sideband(id: string, key?: string): Promise<SocketClient>;
  /** A session of its own over a WebSocket. */
  model(): Promise<SocketClient>;
  /** One of the emulator's own routes. */
  control(method: string, path: string, body?: object): Promise<Response>;
  reports(): Promise<CallReport[]>;
  mint(session?: object): Promise<string>;
}

export const createCallClient = (baseUrl: string, apiKey = "sk-test"): CallClient => {
  const openai = new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0 });
  const control = (method: string, path: string, body?: object) =>
    fetch(new URL(`/emulator${path}`, baseUrl), { method, ...(body && { body: JSON.stringify(body) }) });
  return {
    openai,
    control,
    call: async (caller, session = {}) => {
      const sdp = await caller.offer();
      const response = await openai.realtime.calls.create({ sdp, session: { type: "realtime", ...session } });
      await caller.accept(await response.text());
      await caller.connected;
      return idIn(response);
    },
    peerless: async (body = {}, headers = {}) => {
      const response = await fetch(new URL("/emulator/calls", baseUrl), {
        method: "POST",
        headers: { authorization: `Bearer ${apiKey}`, ...headers },
        body: JSON.stringify(body),
      });
      return ((await response.json()) as { id: string }).id;
    },
    sideband: (id, key = apiKey) => connectSocket(baseUrl, `?call_id=${id}`, { key }),
    model: () => connectSocket(baseUrl, undefined, { key: apiKey }),
    reports: async () => ((await (await control("GET", "/calls")).json()) as { calls: CallReport[] }).calls,
    mint: async (session = {}) =>
      (await openai.realtime.clientSecrets.create({ session: { type: "realtime", ...session } })).value,
  };
};

/** The id of the call that was started. */
export const idIn = (response: Response): string =>
  /^\/v1\/realtime\/calls\/(rtc_\w+)$/.exec(response.headers.get("location") ?? "")?.[1] ?? "";
