// What the trace of a request is told of its attempts at OpenAI, which come one after another.

export interface AttemptEnd {
  /** As `Attempt.outcome`. */
  outcome: string;
  isFailure: boolean;
  status?: number | undefined;
  openAiRequestId?: string | undefined;
}

export interface AttemptTrace {
  /** What of the trace goes to OpenAI, as name, value, …: nothing, unless the operator wants it. */
  readonly upstreamFields: readonly string[];
  attemptBegins(key: string): void;
  attemptEnded(end: AttemptEnd): void;
}
