// Earlier responses, for `previous_response_id`, references to their items, and /v1/responses/{id}.
import { LRUCache } from "lru-cache";
import { OpenAiError } from "../http/openai-error.ts";
import type { Said } from "./conversation.ts";
import type { Earlier } from "./responses-request.ts";

interface Stored {
  body: object;
  /** Everything said up to and in the response. */
  said: readonly Said[];
}

// Characters; the oldest are forgotten.
const KEPT = 32 * 1024 * 1024;

export class StoredResponses implements Earlier {
  readonly #responses = new LRUCache<string, Stored>({ maxSize: KEPT });
  readonly #items = new LRUCache<string, readonly Said[]>({ maxSize: KEPT });

  /** `asked` was said before the response, `items` are what it says. */
  add(id: string, body: object, asked: readonly Said[], items: ReadonlyMap<string, readonly Said[]>): void {
    const said = [...asked, ...[...items.values()].flat()];
    this.#responses.set(id, { body, said }, { size: JSON.stringify(body).length + sizeOf(said) });
    for (const [itemId, parts] of items) this.#items.set(itemId, parts, { size: sizeOf(parts) });
  }

  body(id: string): object {
    const stored = this.#responses.get(id);
    if (stored) return stored.body;
    throw new OpenAiError(404, null, `Response with id '${id}' not found.`);
  }

  remove(id: string): object {
    this.body(id);
    this.#responses.delete(id);
    return { id, object: "response", deleted: true };
  }

  conversation(id: string): readonly Said[] {
    const stored = this.#responses.get(id);
    if (stored) return stored.said;
    const message = `Previous response with id '${id}' not found.`;
    throw new OpenAiError(400, "previous_response_not_found", message, "previous_response_id");
  }

  item(id: string): readonly Said[] {
    const parts = this.#items.get(id);
    if (parts) return parts;
    throw new OpenAiError(404, null, `Item with id '${id}' not found.`, "input");
  }
}

const sizeOf = (said: readonly Said[]): number => said.reduce((sum, { text }) => sum + text.length, 1);
