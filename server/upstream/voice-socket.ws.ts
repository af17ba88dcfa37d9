// WebSockets at OpenAI whose messages the service reads, over the `ws` package and connections of our own making.
import type { ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { buildConnector } from "undici";
import { WebSocket } from "ws";
import type { Connect } from "./agents.undici.ts";
import { type CarriedSocket, JoinRefused, type OpenVoiceSocket, type VoiceSocketReceiver } from "./calls.ts";

const HANDSHAKE_MS = 10_000;
/** After two pings without any sign of life the connection is dead. */
const PING_MS = 20_000;
const MAX_MISSED_PINGS = 2;
/** OpenAI takes messages of up to 15 MiB from clients, and shows them to sidebands. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** A connection on which so much waits to be sent is dead. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
const CLOSE_MS = 3000;
/** Of a close frame; its own limit is 123 bytes. */
const NO_STATUS = 1006;

/**
 * `connect` makes connections through proxies and with client certificates, where they are configured. `onReceived` is told the number of
 * bytes of each message.
 */
export const voiceSocketOpener = (
  connect: Connect,
  onReceived: (bytes: number) => void = () => {},
): OpenVoiceSocket => {
  const connector = connect(HANDSHAKE_MS) ?? buildConnector({ timeout: HANDSHAKE_MS, allowH2: false });
  return ({ url, headers, signal }, receiver) => {
    if (signal.aborted) return Promise.reject(signal.reason);
    const socket = new WebSocket(url, {
      headers: Object.fromEntries(headers.flatMap((name, at) => (at % 2 ? [] : [[name, headers[at + 1]]]))),
      createConnection: connectionTo(url, connector),
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handshakeTimeout: HANDSHAKE_MS,
      closeTimeout: CLOSE_MS,
      // Texts that are not UTF-8 are no JSON, which is found out where they are parsed.
      skipUTF8Validation: true,
    } as ClientRequestArgs);
    return new Connection(socket, receiver, onReceived).opened(signal);
  };
};

// `ws` passes it on to Node's HTTP client, which waits for the callback. The connector speaks TLS by itself.
const connectionTo =
  (url: string, connector: buildConnector.connector): ClientRequestArgs["createConnection"] =>
  (_, done) => {
    const { host, hostname, protocol, port } = new URL(url.replace(/^ws/, "http"));
    const name = hostname.replace(/^\[|\]$/g, "");
    connector({ host, hostname: name, protocol, port }, (error, socket) => {
      // Without an error there is a socket, which the types of callbacks do not say.
      done(error, socket as unknown as Duplex);
    });
    return undefined;
  };

/** One that is open, at either end. */
export const openVoiceSocket = (socket: WebSocket, receiver: VoiceSocketReceiver): CarriedSocket => {
  // What closes it is told by its end.
  socket.on("error", () => {});
  return new Connection(socket, receiver, () => {}).begin();
};

class Connection implements CarriedSocket {
  readonly #socket: WebSocket;
  readonly #receiver: VoiceSocketReceiver;
  readonly #onReceived: (bytes: number) => void;
  #missedPings = 0;
  #pings: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, receiver: VoiceSocketReceiver, onReceived: (bytes: number) => void) {
    this.#socket = socket;
    this.#receiver = receiver;
    this.#onReceived = onReceived;
  }

  opened(signal: AbortSignal): Promise<CarriedSocket> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason);
        socket.terminate();
      };
      signal.addEventListener("abort", leave);
      socket.once("open", () => {
        signal.removeEventListener("abort", leave);
        resolve(this.begin());
      });
      socket.once("unexpected-response", (_, response) => {
        reject(new JoinRefused(response.statusCode ?? 0));
        socket.terminate();
      });
      // Also of a connection that is open: what closes it is told by its end.
      socket.on("error", reject);
      socket.once("close", () => signal.removeEventListener("abort", leave));
    });
  }

  send(message: string): void {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.terminate();
    else socket.send(message);
  }

  forward(message: Buffer, onSent: () => void): void {
    this.#socket.send(message, { binary: false }, onSent);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    // One that is paused would not read the other side's answer.
    this.#socket.resume();
    this.#socket.close(1000);
  }

  begin(): this {
    const socket = this.#socket;
    socket.on("message", (data, isBinary) => {
      this.#missedPings = 0;
      // The default of `ws` are buffers.
      const message = data as Buffer;
      this.#onReceived(message.length);
      if (!isBinary) this.#receiver.onMessage(message);
    });
    socket.on("pong", () => {
      this.#missedPings = 0;
    });
    socket.once("close", (code, reason) => {
      clearInterval(this.#pings);
      this.#receiver.onClose(code || NO_STATUS, reason.toString("utf8"));
    });
    this.#pings = setInterval(ping, PING_MS, this).unref();
    return this;
  }

  ping(): void {
    if (this.#missedPings === MAX_MISSED_PINGS) {
      this.#socket.terminate();
      return;
    }
    this.#missedPings += 1;
    this.#socket.ping();
  }
}

const ping = (connection: Connection): void => connection.ping();
