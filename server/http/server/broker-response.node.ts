// Node's response with the header fields that every answer carries, and the way to answer 101.
import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { securityHeaders } from "../response/security-headers.ts";

const RESPONSE = Symbol("response");
type HttpSocket = Socket & { [RESPONSE]?: BrokerResponse | undefined };

/** The response that a socket is sending, or that it waits for; undefined between requests. */
export const responseOn = (socket: Socket): BrokerResponse | undefined => (socket as HttpSocket)[RESPONSE];

/** Made by Node's server for each request. */
export class BrokerResponse extends ServerResponse<IncomingMessage> {
  /**
   * Header fields, by name in small letters, that are sent with the answer's own; a field that both have is the answer's. One
   * object in `writeHead` costs less than a `setHeader` for each field.
   */
  readonly fields: Record<string, string> = { ...securityHeaders };

  /** Whether the request's body may be a large upload: then its rate is limited, and not the time for all of it. */
  isUpload = false;

  /** The connection of a request that offers to become a WebSocket, and the bytes that arrived behind the request. */
  upgrade: { connection: Socket; head: Buffer } | undefined;

  /** Whether the connection has become a WebSocket. */
  hasSwitched = false;

  /** Below which the caller's address has the service, such as `/voice`. */
  basePath = "";

  /** Whether the caller asked for the base path itself, without a slash at its end. */
  isBare = false;

  /** The request as the application has it in which the service is mounted; undefined without one. */
  hostRequest: unknown;

  /** Answers 101. From then on the connection is a bare one, which the caller of this function reads, writes and closes. */
  switchProtocols(fields: Record<string, string>): Socket {
    const { connection, head } = this.handOver();
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    connection.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n${lines.join("")}\r\n`,
    );
    if (head.length > 0) connection.unshift(head);
    return connection;
  }

  /** For those who answer 101 themselves: the bare connection, and the bytes that arrived behind the request. */
  handOver(): { connection: Socket; head: Buffer } {
    if (!this.upgrade) throw new Error("the request asks for no other protocol");
    const { connection } = this.upgrade;
    this.statusCode = 101;
    this.hasSwitched = true;
    // A WebSocket may be silent for hours; TCP keep-alive finds out whether the peer is still there.
    connection.setTimeout(0);
    this.detachSocket(connection);
    return this.upgrade;
  }

  /**
   * Destroys the connection, and with it what is done upstream. A WebSocket gets no closing frame: its bytes are passed on
   * without being parsed, so where a frame ends is not known here.
   */
  cutOff(): void {
    if (this.upgrade) this.upgrade.connection.destroy();
    else this.destroy();
  }

  // A pipelined response has no socket until those before it are sent. If it was destroyed meanwhile, only its connection can end.
  override assignSocket(socket: Socket): void {
    if (this.destroyed) {
      socket.destroySoon();
      return;
    }
    (socket as HttpSocket)[RESPONSE] = this;
    super.assignSocket(socket);
  }

  override detachSocket(socket: Socket): void {
    (socket as HttpSocket)[RESPONSE] = undefined;
    super.detachSocket(socket);
  }

  override writeHead(status: number, ...more: HeadArguments[number][]): this {
    return super.writeHead(status, withFields(this.fields, more));
  }
}

/**
 * Gives the response of another application's server what this class adds. Header fields that the application has set stay, where
 * the answer has none of that name.
 */
export const adoptResponse = (response: ServerResponse): BrokerResponse => {
  const { socket } = response;
  const writeHead = response.writeHead.bind(response) as ServerResponse["writeHead"];
  const adopted = Object.assign(response as BrokerResponse, {
    fields: { ...securityHeaders },
    isUpload: false,
    hasSwitched: false,
    basePath: "",
    isBare: false,
    writeHead: (status: number, ...more: HeadArguments[number][]) => {
      writeHead(status, withFields(adopted.fields, more));
      return adopted;
    },
  });
  if (socket) {
    (socket as HttpSocket)[RESPONSE] = adopted;
    response.once("close", () => {
      if (responseOn(socket) === adopted) (socket as HttpSocket)[RESPONSE] = undefined;
    });
  }
  return adopted;
};

// Node also takes headers as an array, which is not used here.
type HeadArguments = readonly (string | OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined)[];

const withFields = (fields: Record<string, string>, more: HeadArguments): OutgoingHttpHeaders => ({
  ...fields,
  ...more.find((each): each is OutgoingHttpHeaders => typeof each === "object"),
});
