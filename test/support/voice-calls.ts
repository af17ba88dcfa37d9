// Supervised sessions of a running service at an emulator of OpenAI, as pages begin them.
import { once } from "node:events";
import { expect } from "vitest";
import WebSocket from "ws";
import type { SessionUsage } from "../../emulator/billing/session-usage.ts";
import { type Caller, createCaller } from "../emulator/caller.ts";
import type { Event } from "../emulator/socket-client.ts";
import type { TestLedger } from "./ledger.ts";

export const OPENAI_KEY = "sk-test-broker";
export const ALICE = { authorization: "Bearer alice-0123456789" };

/** A supervised profile, in text for speed; `voice` and `supervision` as one line of YAML each. */
export const voiceYaml = (voice = "{}", supervision = "watch", more = ""): string => `
callers: { tokens: [{ name: alice, token: alice-0123456789 }, { name: bob, token: bob-0123456789ab }] }
operators: { allow: ["token:bob"] }
limits: { address: none, mints: { caller: none }, in_flight: { caller: none } }
profiles:
  default:
    supervision: ${supervision}
    voice: ${voice}
    session: { type: realtime, model: gpt-realtime-2.1, instructions: Be kind., output_modalities: [text] }
${more}`;

export interface PageTicket {
  value: string;
  /** The session's name. */
  session: string;
  grant: string;
}

export interface PeerlessCall {
  session: string;
  call: string;
}

interface Service {
  url: string;
}

/** As a page's own server asks. */
export const takeTicket = async (
  { url }: Service,
  headers: Record<string, string> = ALICE,
): Promise<PageTicket> => {
  const answer = await fetch(`${url}/ephemeral-key`, { headers });
  const { value, supervision } = (await answer.json()) as {
    value: string;
    supervision: Omit<PageTicket, "value">;
  };
  expect([answer.status, value.slice(0, 3)]).toEqual([200, "ek_"]);
  return { value, ...supervision };
};

export const postOffer = (
  { url }: Service,
  ticket: string,
  offer: string,
  signal?: AbortSignal,
): Promise<Response> =>
  fetch(`${url}/v1/realtime/calls`, {
    method: "POST",
    headers: { authorization: `Bearer ${ticket}`, "content-type": "application/sdp" },
    body: offer,
    ...(signal && { signal }),
  });

/** A page that has connected, over WebRTC. */
export const connectPage = async (service: Service, ticket: PageTicket): Promise<Caller> => {
  const caller = createCaller();
  const answer = await postOffer(service, ticket.value, await caller.offer());
  const text = await answer.text();
  expect([answer.status, text.slice(0, 3)]).toEqual([201, "v=0"]);
  await caller.accept(text);
  await caller.connected;
  return caller;
};

/** A page that has connected over a WebSocket. */
export const connectOverSocket = async ({ url }: Service, ticket: string) => {
  const address = `${url.replace(/^http/, "ws")}/v1/realtime`;
  const socket = new WebSocket(address, ["realtime", `openai-insecure-api-key.${ticket}`]);
  const events: Event[] = [];
  let wake = Promise.withResolvers<void>();
  socket.on("message", (message) => {
    events.push(JSON.parse(String(message)));
    wake.resolve();
    wake = Promise.withResolvers();
  });
  const closed = once(socket, "close");
  await once(socket, "open");
  return {
    closed,
    protocol: socket.protocol,
    send: (event: object) => socket.send(JSON.stringify(event)),
    next: async (type: string): Promise<Event> => {
      for (;;) {
        const found = events.findIndex((event) => event.type === type);
        if (found >= 0) return events.splice(found, 1)[0] as Event;
        await wake.promise;
      }
    },
    close: () => socket.close(),
  };
};

/** The page writes, and waits for the model's answer. */
export const converse = async (caller: Pick<Caller, "next" | "send">, words: string): Promise<void> => {
  const content = [{ type: "input_text", text: words }];
  caller.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  caller.send({ type: "response.create" });
  await caller.next("response.done");
};

/** The emulator's own routes. */
export const emulatorControl = (baseUrl: string) => {
  const control = (method: string, path: string, body?: object): Promise<Response> =>
    fetch(new URL(`/emulator${path}`, baseUrl), {
      method,
      headers: { authorization: `Bearer ${OPENAI_KEY}` },
      ...(body && { body: JSON.stringify(body) }),
    });
  const calls = async () =>
    ((await (await control("GET", "/calls")).json()) as { calls: EmulatorCall[] }).calls;
  return {
    control,
    calls,
    usage: async () =>
      (await (await control("GET", "/usage")).json()) as {
        calls: { id: string; usage: SessionUsage }[];
        total: SessionUsage;
      },
    /** The next call that is created is one without a browser, whose offer is not looked at. */
    prepareCall: async (
      session: object = { type: "realtime", output_modalities: ["text"] },
    ): Promise<string> => {
      const { id } = (await (await control("POST", "/calls", { session })).json()) as { id: string };
      const headers = { location: `/v1/realtime/calls/${id}`, "content-type": "application/sdp" };
      await control("POST", "/faults", { path: "/v1/realtime/calls", status: 201, body: "v=0\r\n", headers });
      return id;
    },
    fault: (fault: object) => control("POST", "/faults", fault),
  };
};

export interface EmulatorCall {
  id: string;
  open: boolean;
  ended_by: string | null;
  sidebands: number;
}

export const OFFER = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n";

/** Sessions without browsers, one after the other. */
export const startPeerless = async (
  services: readonly Service[],
  emulator: ReturnType<typeof emulatorControl>,
  count: number,
): Promise<PeerlessCall[]> => {
  const started: PeerlessCall[] = [];
  for (let each = 0; each < count; each += 1) {
    const service = services[each % services.length] as Service;
    const ticket = await takeTicket(service);
    await emulator.prepareCall();
    const answer = await postOffer(service, ticket.value, OFFER);
    const call = answer.headers.get("location")?.replace(/.*\//, "") ?? "";
    expect([answer.status, call.slice(0, 4)]).toEqual([201, "rtc_"]);
    started.push({ session: ticket.session, call });
  }
  return started;
};

/** What the books have of voice sessions, in the emulator's words. */
export const bookedUsage = async ({ database }: Pick<TestLedger, "database">) => {
  const [row] =
    await database.all(`select count(case when seconds = 0 then 1 end) as parts, sum(text_in + text_cached) as input_text_tokens,
    sum(text_cached) as cached_text_tokens, sum(text_out) as output_text_tokens,
    sum(audio_in + audio_cached) as input_audio_tokens, sum(audio_out) as output_audio_tokens
    from usage_records where kind = 'voice'`);
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value ?? 0)]));
};
