// A connection in memory: each of its two ends reads what the other one writes, and counts bytes as a socket does.
import { Duplex } from "node:stream";

/** The ends of a connection: one for the client, one for the server. */
export const connectInMemory = (): [client: MemoryEnd, server: MemoryEnd] => {
  const client = new MemoryEnd();
  const server = new MemoryEnd();
  client.peer = server;
  server.peer = client;
  // The server has nothing more to do once its answer was taken, whether or not it is ever read.
  server.once("finish", () => server.destroy());
  return [client, server];
};

/** What the minimum rates read of a socket is here too; a time limit for silence is not. */
export class MemoryEnd extends Duplex {
  peer: MemoryEnd | undefined;
  bytesRead = 0;
  #accepted = 0;
  /** Lets the peer write on, when this end has read what waits. */
  #readOn: (() => void) | undefined;

  constructor() {
    super();
    // A connection may break at any time; what is sent over it tells.
    this.on("error", () => {});
  }

  /** Bytes that were ever written, those that wait to be read among them. */
  get bytesWritten(): number {
    return this.#accepted + this.writableLength;
  }

  setTimeout(): this {
    return this;
  }

  override _read(): void {
    const readOn = this.#readOn;
    this.#readOn = undefined;
    readOn?.();
  }

  override _write(chunk: Buffer, _: string, written: () => void): void {
    const { peer } = this;
    if (!peer) return;
    peer.bytesRead += chunk.length;
    const accept = (): void => {
      this.#accepted += chunk.length;
      written();
    };
    if (peer.push(chunk)) accept();
    else peer.#readOn = accept;
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.writableFinished) this.peer?.destroy();
    done(error);
  }
}
