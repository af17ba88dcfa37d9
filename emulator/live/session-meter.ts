// The emulator's own count of a GPT-Live session: the seconds that are billed, and the tokens of each response.

export interface BackendUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

export interface CountedResponse {
  id: string;
  status: "completed" | "failed";
  model: string;
  usage: BackendUsage | null;
}

/** Charged when a session is created, and credited against its running time. */
const LEAST_SECONDS = 15;

export class SessionMeter {
  readonly #now: () => number;
  readonly #createdAt: number;
  #endedAt: number | undefined;
  readonly #responses: CountedResponse[] = [];

  constructor(now: () => number) {
    this.#now = now;
    this.#createdAt = now();
  }

  /** Running time so far in seconds, to a tenth: the `usage.seconds` of events. */
  get seconds(): number {
    return Math.round(((this.#endedAt ?? this.#now()) - this.#createdAt) / 100) / 10;
  }

  countResponse(response: CountedResponse): void {
    this.#responses.push(response);
  }

  /** Stops the clock. */
  end(): void {
    this.#endedAt ??= this.#now();
  }

  report() {
    const used = this.#responses.flatMap(({ usage }) => usage ?? []);
    const sum = (count: (usage: BackendUsage) => number): number =>
      used.reduce((total, usage) => total + count(usage), 0);
    return {
      seconds_running: this.seconds,
      seconds_billed: Math.max(LEAST_SECONDS, this.seconds),
      backend_tokens: {
        input_tokens: sum((usage) => usage.input_tokens),
        cached_tokens: sum((usage) => usage.input_tokens_details.cached_tokens),
        cache_write_tokens: sum((usage) => usage.input_tokens_details.cache_write_tokens),
        output_tokens: sum((usage) => usage.output_tokens),
        reasoning_tokens: sum((usage) => usage.output_tokens_details.reasoning_tokens),
      },
      responses: this.#responses,
    };
  }
}
