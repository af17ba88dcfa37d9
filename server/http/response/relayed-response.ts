// Writes a relayed answer as it comes, no faster than the caller takes it.
import type { Recipient } from "../../upstream/relay.ts";
import { type BrokerContext, header } from "../context.ts";

/** Takes an answer on behalf of the caller. Its own request id is OpenAI's; ours stands beside it. */
export const answerTo = (c: BrokerContext): Recipient => {
  const { incoming, outgoing } = c.env;
  // OpenAI may think for longer than a connection here may be idle; the relay has its own clocks.
  incoming.socket.setTimeout(0);
  let pause = () => {};
  return {
    onHead: (status, headers, flow) => {
      pause = () => flow.pause();
      outgoing.on("drain", () => flow.resume());
      outgoing.on("error", () => {});
      outgoing.writeHead(status, {
        ...crossOriginFields(c),
        "x-broker-request-id": c.get("requestId"),
        "cache-control": "no-store",
        ...headers,
      });
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

const crossOriginFields = (c: BrokerContext): Record<string, string> =>
  header(c, "origin") === undefined
    ? {}
    : Object.fromEntries(
        [...c.res.headers].filter(([name]) => name === "vary" || name.startsWith("access-control-")),
      );
