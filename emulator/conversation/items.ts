// The conversation's items in their order.
import type { ConversationItem } from "openai/resources/realtime/realtime";
import { OpenAiError } from "../http/openai-error.ts";

export type Item = ConversationItem & { id: string };

export class Items {
  #order: Item[] = [];

  get all(): readonly Item[] {
    return this.#order;
  }

  /** Adds at the end, or after `previousId` ("root" is the beginning); returns the id of the item before it. */
  add(item: Item, previousId?: string | null): string | null {
    if (this.#order.some(({ id }) => id === item.id)) {
      const message = `Error adding item: an item with ID '${item.id}' already exists.`;
      throw new OpenAiError(400, "item_already_exists", message, "item.id");
    }
    const at = this.#positionAfter(previousId);
    this.#order.splice(at, 0, item);
    return this.#order[at - 1]?.id ?? null;
  }

  #positionAfter(previousId: string | null | undefined): number {
    if (previousId === "root") return 0;
    if (previousId === undefined || previousId === null) return this.#order.length;
    return this.#indexOf(previousId, "previous_item_id") + 1;
  }

  replace(item: Item): void {
    this.#order = this.#order.map((old) => (old.id === item.id ? item : old));
  }

  find(id: string): Item {
    const item = this.#order[this.#indexOf(id, "item_id")];
    if (!item) throw noSuchItem(id, "item_id");
    return item;
  }

  /** The function call of that `call_id`; throws where the conversation has none. */
  findCall(callId: string): Item {
    const call = this.#order.find((item) => item.type === "function_call" && item.call_id === callId);
    if (call) return call;
    const message = `Tool call ID '${callId}' not found in conversation.`;
    throw new OpenAiError(400, "invalid_tool_call_id", message);
  }

  delete(id: string): void {
    this.#order.splice(this.#indexOf(id, "item_id"), 1);
  }

  previousOf(id: string): string | null {
    return this.#order[this.#order.findIndex((item) => item.id === id) - 1]?.id ?? null;
  }

  #indexOf(id: string, param: string): number {
    const index = this.#order.findIndex((item) => item.id === id);
    if (index < 0) throw noSuchItem(id, param);
    return index;
  }
}

const noSuchItem = (id: string, param: string): OpenAiError =>
  new OpenAiError(400, "item_not_found", `Item with item_id '${id}' does not exist.`, param);
