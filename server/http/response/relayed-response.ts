// Writes a relayed answer as it arrives, no faster than the caller reads it.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Flow, Recipient } from "../../upstream/relay.ts";

/** Writes the answer to `outgoing`. `fields` are sent beside OpenAI's, which win where both have one. */
export const respondTo = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fields: Readonly<Record<string, string>>,
): Recipient => {
  // OpenAI may think for longer than a connection here may be idle; the relay has its own clocks.
  incoming.socket.setTimeout(0);
  return new RelayedResponse(outgoing, fields);
};

/** A class, as hundreds are in flight while OpenAI thinks: closures would be each answer's own. */
class RelayedResponse implements Recipient {
  readonly #outgoing: ServerResponse;
  readonly #fields: Readonly<Record<string, string>>;
  #flow: Flow | undefined;

  constructor(outgoing: ServerResponse, fields: Readonly<Record<string, string>>) {
    this.#outgoing = outgoing;
    this.#fields = fields;
  }

  onHead(status: number, headers: Readonly<Record<string, string>>, flow: Flow): void {
    this.#flow = flow;
    this.#outgoing.on("drain", () => flow.resume());
    this.#outgoing.on("error", () => {});
    this.#outgoing.writeHead(status, { ...this.#fields, "cache-control": "no-store", ...headers });
  }

  onData(chunk: Uint8Array): void {
    if (this.#outgoing.destroyed) return;
    if (!this.#outgoing.write(chunk)) this.#flow?.pause();
  }

  onEnd(): void {
    this.#outgoing.end();
  }

  onBreak(): void {
    // An end would look as if the answer were whole.
    this.#outgoing.destroy();
  }
}
