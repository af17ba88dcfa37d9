// Writes a relayed answer as it arrives, no faster than the caller reads it.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Recipient } from "../../upstream/relay.ts";

/** Writes the answer to `outgoing`. `fields` are sent beside OpenAI's, which win where both have one. */
export const respondTo = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fields: Readonly<Record<string, string>>,
): Recipient => {
  // OpenAI may think for longer than a connection here may be idle; the relay has its own clocks.
  incoming.socket.setTimeout(0);
  let pause = () => {};
  return {
    onHead: (status, headers, flow) => {
      pause = () => flow.pause();
      outgoing.on("drain", () => flow.resume());
      outgoing.on("error", () => {});
      outgoing.writeHead(status, { ...fields, "cache-control": "no-store", ...headers });
    },
    onData: (chunk) => {
      if (outgoing.destroyed) return;
      if (!outgoing.write(chunk)) pause();
    },
    onEnd: () => outgoing.end(),
    // An end would look as if the answer were whole.
    onBreak: () => outgoing.destroy(),
  };
};
