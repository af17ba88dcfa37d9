// Clients that speak WebSocket: with a ticket in the subprotocol, as browsers send a key, and with credentials to a supervised profile.
import { once } from "node:events";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import {
  ALICE,
  as,
  type Supervised,
  supervise,
  supervisedYaml,
  ticketOf,
} from "../support/supervised-broker.ts";

let supervised: Supervised;
beforeAll(async () => {
  supervised = await supervise();
});
afterAll(() => supervised[Symbol.asyncDispose]());

interface Opened {
  socket: WebSocket;
  event: { type: string; session?: { instructions?: string } };
}

const open = (
  url: string,
  protocols: string[],
  options: { headers?: Record<string, string>; protocolVersion?: number } = {},
): Promise<Opened | number> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols, options);
    socket.once("message", (data) => resolve({ socket, event: JSON.parse(String(data)) }));
    socket.once("unexpected-response", (_, { statusCode = 0 }) => resolve(statusCode));
    socket.once("error", reject);
  });

const withTicket = (value: string) => ["realtime", `openai-insecure-api-key.${value}`];

const opened = async (answer: Promise<Opened | number>): Promise<Opened> => {
  const found = await answer;
  if (typeof found === "number") throw new Error(`refused: ${found}`);
  return found;
};

it("a ticket opens one session, whose events pass both ways", async () => {
  const { value, connect, supervision } = await ticketOf(supervised.broker);
  const { socket, event } = await opened(
    open(`${connect.websocket}?model=gpt-realtime-2.1`, withTicket(value)),
  );
  expect(socket.protocol).toBe("realtime");
  expect(event.type).toBe("session.created");
  const said = new Promise<string>((resolve) => {
    socket.on("message", (data) => {
      const { type } = JSON.parse(String(data)) as { type: string };
      if (type === "response.done") resolve(type);
    });
  });
  const item = { type: "message", role: "user", content: [{ type: "input_text", text: "Hello?" }] };
  socket.send(JSON.stringify({ type: "conversation.item.create", item }));
  socket.send(JSON.stringify({ type: "response.create", response: { output_modalities: ["text"] } }));
  expect(await said).toBe("response.done");
  expect(await open(connect.websocket, withTicket(value))).toBe(401);
  socket.close();
  await once(socket, "close");
  const state = async () => {
    const headers = as(supervision?.grant ?? "");
    return (
      (await (await supervised.broker.fetch("/sessions/current", { headers })).json()) as { state: string }
    ).state;
  };
  await expect.poll(state).toBe("ended");
});

it("a session over a WebSocket speaks with the profile's voice", async () => {
  const yaml = supervisedYaml.replace(
    "instructions: The house's own words.",
    "instructions: Be brief., audio: { output: { voice: cedar } }",
  );
  await using own = await supervise({ yaml });
  const { value, connect } = await ticketOf(own.broker);
  const socket = new WebSocket(connect.websocket, withTicket(value));
  const sessions: unknown[] = [];
  socket.on("message", (data) => sessions.push(JSON.parse(String(data)).session));
  const given = { instructions: "Be brief.", audio: { output: { voice: "cedar" } } };
  await expect.poll(() => sessions[1]).toMatchObject(given);
  socket.terminate();
});

it("a caller with credentials needs no ticket", async () => {
  const { connect } = await ticketOf(supervised.broker);
  const { socket, event } = await opened(open(connect.websocket, [], { headers: as(ALICE) }));
  expect(event.type).toBe("session.created");
  socket.terminate();
});

it.each(["?model=dearer", "?profile=plain"])("a ticket opens nothing else: %s", async (query) => {
  const { value, connect } = await ticketOf(supervised.broker);
  expect(await open(connect.websocket + query, withTicket(value))).toBe(422);
  (await opened(open(connect.websocket, withTicket(value)))).socket.terminate();
});

it("a ticket in the address is refused", async () => {
  const { value, connect } = await ticketOf(supervised.broker);
  expect(await open(`${connect.websocket}?key=${value}`, withTicket(value))).toBe(400);
});

it("a sealed profile speaks WebRTC only", async () => {
  const { value, connect } = await ticketOf(supervised.broker, "sealed");
  expect(await open(connect.websocket, withTicket(value))).toBe(422);
});

it("an opening that is not as RFC 6455 has it is refused before a session begins, and uses no ticket up", async () => {
  const { value, connect } = await ticketOf(supervised.broker);
  expect(await open(connect.websocket, withTicket(value), { protocolVersion: 8 })).toBe(400);
  (await opened(open(connect.websocket, withTicket(value)))).socket.terminate();
});
