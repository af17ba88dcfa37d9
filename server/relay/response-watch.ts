// Watches a relayed answer on its way to the caller: what the log and the books should know of it.
import type { Recipient } from "../upstream/relay.ts";
import { type Usage, usageTap } from "./usage/usage.ts";

/** How an answer ended. */
export interface Ending {
  status: number;
  openAiRequestId: string | undefined;
  usage: Usage | undefined;
  /** Why it ended before it was whole. */
  broken: Error | undefined;
}

/** Passes everything on. `onBegun` is called with the head: from then on the request is not sent again. */
export const watchAnswer = (
  recipient: Recipient,
  onBegun: () => void,
): Recipient & { ended: Promise<Ending> } => {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const tap = usageTap();
  let status = 0;
  let openAiRequestId: string | undefined;
  const end = (broken?: Error) => resolve({ status, openAiRequestId, usage: tap.read(), broken });
  return {
    ended: promise,
    onHead: (code, headers, flow) => {
      onBegun();
      status = code;
      openAiRequestId = typeof headers["x-request-id"] === "string" ? headers["x-request-id"] : undefined;
      recipient.onHead(code, headers, flow);
    },
    onData: (chunk) => {
      tap.add(chunk);
      recipient.onData(chunk);
    },
    onEnd: () => {
      recipient.onEnd();
      end();
    },
    onBreak: (reason) => {
      recipient.onBreak(reason);
      end(reason);
    },
  };
};
