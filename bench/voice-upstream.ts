// A fake OpenAI of voice sessions, a process of its own: it creates calls at once, and sends their sidebands what sessions say at
// the pace it is told. Frames are written as they are, so that it is not what gives out.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { json } from "node:stream/consumers";
import { type WebSocket, WebSocketServer } from "ws";
import { quantile } from "./measure.ts";
import { answerSdp } from "./offer.ts";
import { CONVERSATION_STEPS, liveStep, realtimeStep, TURN_STEPS } from "./voice-script.ts";

interface Session {
  number: number;
  isLive: boolean;
  step: number;
  socket: Socket | undefined;
}

export interface PaceRequest {
  /** Of each session. */
  eventsPerSecond: number;
  seconds: number;
}

export interface PaceResult {
  /** Sidebands that were open at the end. */
  open: number;
  /** Of all sessions, in so many seconds. */
  events: number;
  bytes: number;
  seconds: number;
  /** From writing a response's end to the service's answer of its call, in milliseconds. */
  answers: number;
  unanswered: number;
  p50: number;
  p99: number;
  /** How late this process' own timers were: as much of the times above is its own. */
  ownLateP99: number;
}

/** Between measurements: a session of which nothing is heard would be ended. */
const IDLE_EVENTS_PER_SECOND = 0.1;

const MOST_LATE_MS = 50;

const sessions = new Map<string, Session>();
const upgrades = new WebSocketServer({ noServer: true });
let numbers = 0;
let eventsPerSecond = IDLE_EVENTS_PER_SECOND;
/** When each call was asked for, by its id. */
const asked = new Map<string, number>();
let delays: number[] = [];
let sent = 0;
let sentBytes = 0;

const create = (prefix: "live" | "rtc"): string => {
  numbers += 1;
  const id = `${prefix}_${String(numbers).padStart(20, "0")}`;
  // Each begins elsewhere in the conversation.
  const step = (numbers * 7919) % CONVERSATION_STEPS;
  sessions.set(id, { number: numbers, isLive: prefix === "live", step, socket: undefined });
  return id;
};

const end = (id: string): boolean => {
  sessions.get(id)?.socket?.destroy();
  return sessions.delete(id);
};

const sendNext = (session: Session): void => {
  const { socket, number, isLive } = session;
  if (!socket?.writable) return;
  const turn = Math.floor(session.step / TURN_STEPS);
  const at = { id: `${number}t${turn}`, turn };
  const { frame, callId } = (isLive ? liveStep : realtimeStep)(at, session.step % TURN_STEPS);
  session.step += 1;
  if (callId) asked.set(callId, performance.now());
  socket.write(frame);
  sent += 1;
  sentBytes += frame.length;
};

// What is due by the clock, spread evenly: sessions take turns.
let order: Session[] = [];
let next = 0;
let due = 0;
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  // What this process was late for is left out: it is no delay of the service's.
  due += (Math.min(now - last, MOST_LATE_MS) / 1000) * eventsPerSecond * sessions.size;
  last = now;
  if (order.length !== sessions.size) order = [...sessions.values()];
  for (; due >= 1; due -= 1) {
    const session = order[next % order.length];
    next += 1;
    if (session) sendNext(session);
  }
}, 1);

const receive = (message: string): void => {
  // Asking for what is behind the answers has no answer here: the next turn comes by itself.
  if (!message.includes('"function_call_output"')) return;
  const callId = /"call_id":"(call_\w+)"/.exec(message)?.[1] ?? "";
  const at = asked.get(callId);
  if (at !== undefined) delays.push(performance.now() - at);
  asked.delete(callId);
};

const pace = async ({ seconds, ...wanted }: PaceRequest): Promise<PaceResult> => {
  asked.clear();
  delays = [];
  sent = 0;
  sentBytes = 0;
  eventsPerSecond = wanted.eventsPerSecond;
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const took = (performance.now() - began) / 1000;
  const result = { events: sent, bytes: sentBytes, seconds: took };
  loop.disable();
  eventsPerSecond = IDLE_EVENTS_PER_SECOND;
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    ...result,
    open: [...sessions.values()].filter(({ socket }) => socket?.writable).length,
    answers: delays.length,
    unanswered: asked.size,
    p50: quantile(delays, 0.5) || 0,
    p99: quantile(delays, 0.99) || 0,
    ownLateP99: loop.percentile(99) / 1e6,
  };
};

const minted = JSON.stringify({
  ...{ value: "ek_68af296e8e408191a1120ab6383263c2", expires_at: 4102444800 },
  session: { type: "realtime", object: "realtime.session", id: "sess_C9CiU", model: "gpt-realtime-2.1" },
});
const JSON_TYPE = { "content-type": "application/json", "x-request-id": "req_1" };

const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { url = "" } = request;
  if (url === "/bench/pace") {
    const result = await pace((await json(request)) as PaceRequest);
    response.writeHead(200, JSON_TYPE).end(JSON.stringify(result));
    return;
  }
  for await (const _ of request);
  const hangUp = /\/(\w+)\/hangup$/.exec(url)?.[1];
  if (url === "/bench/end") {
    for (const id of sessions.keys()) end(id);
    response.writeHead(204).end();
  } else if (hangUp !== undefined) {
    if (end(hangUp)) response.writeHead(200, JSON_TYPE).end("{}");
    else response.writeHead(404, JSON_TYPE).end('{"error":{"code":"call_id_not_found","message":"Over."}}');
  } else if (url === "/v1/live/sessions") {
    const transport = { type: "webrtc", sdp: answerSdp };
    const body = { session: { id: create("live") }, transport };
    response.writeHead(201, JSON_TYPE).end(JSON.stringify(body));
  } else if (url === "/v1/realtime/calls") {
    const location = `/v1/realtime/calls/${create("rtc")}`;
    response.writeHead(201, { "content-type": "application/sdp", location }).end(answerSdp);
  } else response.writeHead(200, JSON_TYPE).end(minted);
};

const server = createServer((request, response) => {
  respond(request, response).catch(() => response.destroy());
});

server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
  const session = sessions.get(/(?:call_id=|sessions\/)(\w+)/.exec(request.url ?? "")?.[1] ?? "");
  if (!session) {
    socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    return;
  }
  upgrades.handleUpgrade(request, socket, head, (client: WebSocket) => {
    session.socket = socket;
    client.on("message", (data) => receive(data.toString()));
    client.on("error", () => {});
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`);
});
