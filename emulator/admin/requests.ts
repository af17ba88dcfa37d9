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
const KEPT_BYTES = 64 * 1024 * 1024;

export class SeenRequests {
  #seen: { request: SeenRequest; bytes: number }[] = [];
  #bytes = 0;

  get all(): readonly SeenRequest[] {
    return this.#seen.map(({ request }) => request);
  }

  /** Forgets the oldest where all of them, of which this has so many bytes, take too much memory. */
  add(request: SeenRequest, bytes: number): void {
    const isKept = bytes <= KEPT_BYTES;
    this.#seen.push(
      isKept ? { request, bytes } : { request: { ...request, body: `(${bytes} bytes)` }, bytes: 0 },
    );
    this.#bytes += isKept ? bytes : 0;
    while (this.#seen.length > KEPT || this.#bytes > KEPT_BYTES)
      this.#bytes -= this.#seen.shift()?.bytes ?? 0;
  }

  clear(): void {
    this.#seen = [];
    this.#bytes = 0;
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
