// Under which instructions and tools each response was made, so that a test can see what a client's update has changed.
import type { Tool } from "../session/session-schema.ts";

export interface MadeResponse {
  id: string;
  instructions: string;
  /** The functions, by name. */
  tools: string[];
}

const KEPT = 1000;

export class MadeResponses {
  readonly #made: MadeResponse[] = [];

  get all(): readonly MadeResponse[] {
    return this.#made;
  }

  add(id: string, instructions: string, tools: readonly Tool[]): void {
    const names = tools.filter((tool) => tool.type === "function").map(({ name }) => name);
    this.#made.push({ id, instructions, tools: names });
    if (this.#made.length > KEPT) this.#made.shift();
  }
}
