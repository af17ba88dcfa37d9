// Node's response, with the fields that every answer carries, whatever it is.
import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { securityHeaders } from "../response/security-headers.ts";

/** Made by Node's server for each request. */
export class BrokerResponse extends ServerResponse<IncomingMessage> {
  /** By name in small letters. They go out with the answer's own, which may say otherwise; set one by one they cost more. */
  readonly fields: Record<string, string> = { ...securityHeaders };

  /** Whether the request's body is passed on as it comes, and may take its time. */
  bodyMayTakeLong = false;

  /** The connection, where the request asks to make a WebSocket of it, and what came after the request. */
  upgrade: { connection: Socket; head: Buffer } | undefined;

  /** Whether the connection is a WebSocket by now. */
  hasSwitched = false;

  /** Answers 101; from then on the connection is a bare one, and the caller's to use. */
  switchProtocols(fields: Record<string, string>): Socket {
    if (!this.upgrade) throw new Error("the request asks for no other protocol");
    const { connection, head } = this.upgrade;
    this.statusCode = 101;
    this.hasSwitched = true;
    // Nobody need speak on a WebSocket; whether the peer is still there, TCP finds out.
    connection.setTimeout(0);
    this.detachSocket(connection);
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    connection.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n${lines.join("")}\r\n`,
    );
    if (head.length > 0) connection.unshift(head);
    return connection;
  }

  // In a pipeline an answer waits for its turn without a socket. One that broke off meanwhile can only end the connection then.
  override assignSocket(socket: Socket): void {
    if (this.destroyed) socket.destroySoon();
    else super.assignSocket(socket);
  }

  // Of Node's two forms of headers, nobody here gives the array.
  override writeHead(
    status: number,
    ...more: (string | OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined)[]
  ): this {
    const own = more.find((each): each is OutgoingHttpHeaders => typeof each === "object");
    return super.writeHead(status, { ...this.fields, ...own });
  }
}
