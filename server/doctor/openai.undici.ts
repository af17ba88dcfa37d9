// Asks OpenAI with one upstream key, over undici.
import { type Dispatcher, FormData, request, WebSocket } from "undici";
import type { Clock } from "../clock.ts";
import type { Secret } from "../secret.ts";
import { type KeyAccess, keyHeaders } from "../upstream/keys.ts";
import { connectAddresses, type UpstreamAccount } from "../upstream/upstream.ts";
import { openEventSocket } from "./event-socket.ts";
import type { Answer, OpenAiAccess } from "./openai.ts";

interface Ports {
  agent: Dispatcher;
  /** The service's own way to mint with this key. */
  mint: UpstreamAccount["mint"];
  /** Resolves when the key has something to show. */
  ready(signal: AbortSignal): Promise<unknown>;
  clock: Clock;
}

/** Time for what ends sooner by its signal. */
const MINT_MS = 10_000;
const TTL_SECONDS = 60;
/** The same for every run, so that OpenAI sees one user. */
const SAFETY_IDENTIFIER = "realtime-key-broker-doctor";

export const openAiAccess = (key: KeyAccess, { agent, mint, ready, clock }: Ports): OpenAiAccess => {
  const own = keyHeaders(key);
  const { webrtc, websocket } = connectAddresses(key.base_url);
  const headersOf = (minted: Secret | undefined) =>
    minted === undefined ? own() : keyHeaders({ ...key, token: { current: () => minted } })();

  const ask = async (
    method: "GET" | "POST",
    url: string,
    signal: AbortSignal,
    body: FormData | null = null,
  ): Promise<Answer> => {
    await ready(signal);
    const begun = clock.monotonic();
    // A redirect is not followed: it would take the key to another place.
    const response = await request(url, { method, dispatcher: agent, headers: [...own()], body, signal });
    const text = await response.body.text();
    const ms = Math.round(clock.monotonic() - begun);
    return { status: response.statusCode, headers: response.headers, text, ms, at: clock.now() };
  };

  const timeModels = (signal: AbortSignal) => ask("GET", `${key.base_url}/models`, signal);
  let models: Promise<Answer> | undefined;

  return {
    listModels: (signal) => {
      models ??= timeModels(signal);
      return models;
    },
    timeModels,
    mint: async (session, signal) => {
      await ready(signal);
      const names = { callerId: "doctor", model: undefined, safetyIdentifier: SAFETY_IDENTIFIER };
      return mint({ ...names, session, ttlSeconds: TTL_SECONDS, signal }, MINT_MS);
    },
    startCall: (session, offer, signal) => {
      const form = new FormData();
      form.set("sdp", offer);
      form.set("session", JSON.stringify(session));
      return ask("POST", webrtc, signal, form);
    },
    hangUp: (callId, signal) => ask("POST", `${webrtc}/${encodeURIComponent(callId)}/hangup`, signal),
    openSocket: async (query, minted, signal) => {
      await ready(signal);
      const fields = headersOf(minted);
      const headers = Object.fromEntries(
        fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1] ?? ""]] : [])),
      );
      const search = new URLSearchParams(query).toString();
      const url = search === "" ? websocket : `${websocket}?${search}`;
      return openEventSocket(new WebSocket(url, { dispatcher: agent, headers }), signal);
    },
  };
};
