// The sideband of a GPT-Live session: `GET /v1/live/sessions/{id}/attach` as a WebSocket.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { ownerOf } from "../keys/call-owner.ts";
import { bearer, type Credentials } from "../keys/credentials.ts";
import type { GptLiveSession } from "./gpt-live-session.ts";
import type { GptLiveSessions } from "./gpt-live-sessions.ts";

export interface AttachPorts {
  credentials: Credentials;
  liveSessions: GptLiveSessions;
}

export interface LiveAttachments {
  /** Whether it took the upgrade, which was for it. Throws OpenAI's error to refuse it. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  close(): void;
}

const PATH = /^\/v1\/live\/sessions\/([^/]+)\/attach$/;
// A sideband that does not read is dropped: a minute of both directions' audio, and more.
const MOST_UNREAD_BYTES = 16 * 1024 * 1024;

export const serveLiveAttachments = ({ credentials, liveSessions }: AttachPorts): LiveAttachments => {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4 * 1024 * 1024 });
  return {
    take: (request, socket, head) => {
      const url = new URL(request.url ?? "/", "http://emulator");
      const id = PATH.exec(url.pathname)?.[1];
      if (id === undefined) return false;
      const holder = credentials.standardKey(bearer(request.headers.authorization));
      const owner = ownerOf(holder, (name) => headerOf(request, name));
      const session = liveSessions.find(id, owner);
      const isGraceful = url.searchParams.get("graceful_close") === "true";
      sockets.handleUpgrade(request, socket, head, (client) => connect(client, session, socket, isGraceful));
      return true;
    },
    close: () => {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
    },
  };
};

const connect = (client: WebSocket, session: GptLiveSession, socket: Duplex, isGraceful: boolean): void => {
  const leave = session.attach({
    send: (text) => {
      if (client.bufferedAmount > MOST_UNREAD_BYTES) client.terminate();
      else if (client.readyState === client.OPEN) client.send(text);
    },
    // Without the parameter the connection ends as if it broke, after what was sent.
    end: () => (isGraceful ? client.close(1000) : socket.end()),
    drop: () => client.terminate(),
  });
  client.on("message", (data) => session.receive(data.toString(), "sideband"));
  client.on("error", () => client.terminate());
  client.on("close", leave);
};

const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};
