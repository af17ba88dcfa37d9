// The requests received, so that a test can check what its client really sent.

export interface SeenRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  /** The body: JSON parsed, anything else as text. */
  body: unknown;
  at: string;
}

const KEPT = 1000;

export class SeenRequests {
  #seen: SeenRequest[] = [];

  get all(): readonly SeenRequest[] {
    return this.#seen;
  }

  add(request: SeenRequest): void {
    this.#seen = [...this.#seen, request].slice(-KEPT);
  }

  clear(): void {
    this.#seen = [];
  }
}

/** The parsed JSON, or the text where it is none. */
export const readable = (body: string): unknown => {
  if (body === "") return null;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
};
