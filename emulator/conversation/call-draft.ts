// A function call while its arguments are being generated.
import type { Send } from "./events.ts";
import type { Item } from "./items.ts";

interface DraftPorts {
  send: Send;
  randomId(prefix: string): string;
}

interface DraftOptions {
  responseId: string;
  outputIndex: number;
  name: string;
  addItem(item: Item): void;
  settleItem(item: Item): void;
}

export interface CallDraft {
  addArguments(delta: string): void;
  /** Ends the call and returns its item as it is in the conversation; clients run it when it is completed. */
  close(status: "completed" | "incomplete"): Item;
}

/** Sends the events that begin the call; the draft sends its arguments. */
export const openCall = ({ send, randomId }: DraftPorts, options: DraftOptions): CallDraft => {
  const { responseId, outputIndex, name } = options;
  const call = { id: randomId("item"), type: "function_call", name, call_id: randomId("call") } as const;
  const place = { response_id: responseId, output_index: outputIndex };
  const where = { ...place, item_id: call.id, call_id: call.call_id };
  let written = "";

  const opened: Item = { ...call, status: "in_progress", arguments: "" };
  send({ type: "response.output_item.added", ...place, item: opened });
  options.addItem(opened);

  const addArguments = (delta: string): void => {
    written += delta;
    send({ type: "response.function_call_arguments.delta", ...where, delta });
  };

  const close = (status: "completed" | "incomplete"): Item => {
    send({ type: "response.function_call_arguments.done", ...where, name, arguments: written });
    const item: Item = { ...call, status, arguments: written };
    options.settleItem(item);
    send({ type: "response.output_item.done", ...place, item });
    return item;
  };

  return { addArguments, close };
};
