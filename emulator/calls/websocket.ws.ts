// The Realtime WebSocket: a session by model or by ephemeral key, or a sideband of an active call.
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { betaRefusal, errorBody, OpenAiError } from "../http/openai-error.ts";
import { ownerOf } from "../keys/call-owner.ts";
import { bearer, type Credentials } from "../keys/credentials.ts";
import type { SessionRequest } from "../session/session-schema.ts";
import type { ActiveSession } from "./active-session.ts";
import type { Connection } from "./connections.ts";
import type { Switchboard } from "./switchboard.ts";

export interface SocketPorts {
  credentials: Credentials;
  switchboard: Switchboard;
  /** Called first with every attempt; throws to refuse it. */
  admit(request: IncomingMessage): Promise<void>;
  /** Takes the upgrades of GPT-Live's sidebands; throws to refuse one. */
  takeLive(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

// Browsers cannot send headers with a WebSocket: these subprotocols stand for them.
const KEY_PROTOCOL = "openai-insecure-api-key.";
const REFUSED_BETA = 4000;

/** Serves WebSockets on a server; returns how to end them all. */
export const serveWebSockets = (server: Server, ports: SocketPorts): (() => void) => {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 32 * 1024 * 1024,
    handleProtocols: (offered) => (offered.has("realtime") ? "realtime" : false),
  });

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    // The connection may break at any moment, also before there is a WebSocket.
    socket.on("error", () => socket.destroy());
    try {
      await ports.admit(request);
      if (ports.takeLive(request, socket, head)) return;
      const live = speaksBeta(request) ? undefined : await openLine(request, ports);
      sockets.handleUpgrade(request, socket, head, (client) => {
        if (live) connect(client, live);
        else client.close(REFUSED_BETA, betaRefusal().detail.code ?? "");
      });
    } catch (error) {
      refuse(socket, error);
    }
  };
  server.on("upgrade", (request, socket, head) => {
    void upgrade(request, socket, head);
  });

  return () => {
    for (const client of sockets.clients) client.terminate();
    sockets.close();
  };
};

interface Line {
  session: ActiveSession;
  /** The session ends with the connection of its caller. */
  from: "caller" | "sideband";
}

const openLine = async (
  request: IncomingMessage,
  { credentials, switchboard }: SocketPorts,
): Promise<Line> => {
  const url = new URL(request.url ?? "/", "http://emulator");
  if (url.pathname !== "/v1/realtime") {
    throw new OpenAiError(404, null, `Invalid URL (GET ${url.pathname})`);
  }
  const key = bearer(request.headers.authorization) ?? afterPrefix(request, KEY_PROTOCOL);
  const credential = credentials.anyKey(key);
  const callId = url.searchParams.get("call_id");
  if (callId !== null) {
    const owner = ownerOf(credential.holder, (name) => headerOf(request, name));
    return { session: switchboard.findCall(callId, owner), from: "sideband" };
  }
  const session = credential.kind === "ephemeral" ? credential.session : requestedIn(url);
  return { session: await switchboard.startSocket(session), from: "caller" };
};

const requestedIn = (url: URL): SessionRequest => {
  if (url.searchParams.get("intent") === "transcription") return { type: "transcription" };
  const model = url.searchParams.get("model");
  if (!model) throw new OpenAiError(400, "missing_model", "You must provide a model parameter.", "model");
  return { type: "realtime", model };
};

const connect = (client: WebSocket, { session, from }: Line): void => {
  const connection: Connection = {
    send: (text) => client.send(text),
    close: (code) => client.close(code),
    drop: () => client.terminate(),
  };
  client.on("message", (data) => session.receive(data.toString(), from));
  client.on("error", () => client.terminate());
  if (from === "sideband") {
    client.on("close", session.attach(connection));
    return;
  }
  client.on("close", () => session.end("caller"));
  session.join(connection);
};

const protocolsOf = (request: IncomingMessage): string[] =>
  (request.headers["sec-websocket-protocol"] ?? "").split(",").map((protocol) => protocol.trim());

const afterPrefix = (request: IncomingMessage, prefix: string): string | undefined =>
  protocolsOf(request)
    .find((protocol) => protocol.startsWith(prefix))
    ?.slice(prefix.length);

const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === "string" ? value : afterPrefix(request, `${name}.`);
};

const speaksBeta = (request: IncomingMessage): boolean =>
  `${request.headers["openai-beta"] ?? ""}`.includes("realtime=v1") ||
  protocolsOf(request).some((protocol) => protocol.startsWith("openai-beta.realtime"));

const refuse = (socket: Duplex, error: unknown): void => {
  const refusal = error instanceof OpenAiError ? error : new OpenAiError(500, null, "The emulator failed.");
  const body = errorBody(refusal);
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} Refused`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Connection: close",
      "",
      body,
    ].join("\r\n"),
  );
};
