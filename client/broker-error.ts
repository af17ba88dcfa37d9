// Why the broker, or the way to it, said no: one error type, in words that can be shown to people.

/** One wrong part of the input, as the broker points at it. */
export interface InputProblem {
  /** JSON pointer into the arguments or the body. */
  pointer: string;
  detail: string;
}

/** What a `BrokerError` is made of; the broker's problem document, or the client's own words. */
export interface BrokerProblem {
  /** HTTP status; 0 when there was no answer. */
  status: number;
  code: string;
  title: string;
  detail: string;
  requestId?: string;
  retryAfterSeconds?: number;
  errors?: InputProblem[];
}

/**
 * Thrown by every call of `brokerClient`. `message` is fit to be shown; `code` is fit to be compared:
 * the last part of the problem's type (`credentials-missing`, `arguments-invalid`, …), `network` when there
 * was no answer, `answer-unreadable` when the answer was not the broker's.
 */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly requestId?: string;
  readonly retryAfterSeconds?: number;
  readonly errors?: InputProblem[];

  constructor(problem: BrokerProblem, options?: ErrorOptions) {
    super(`${problem.title}: ${problem.detail}`, options);
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail;
    if (problem.requestId !== undefined) this.requestId = problem.requestId;
    if (problem.retryAfterSeconds !== undefined) this.retryAfterSeconds = problem.retryAfterSeconds;
    if (problem.errors !== undefined) this.errors = problem.errors;
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

const inputProblems = (value: unknown): InputProblem[] | undefined =>
  Array.isArray(value)
    ? value.filter((entry) => text(entry?.pointer) !== undefined && text(entry?.detail) !== undefined)
    : undefined;

// Retry-After is seconds or a date.
const secondsUntil = (header: string | null): number | undefined => {
  if (!header) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
};

/** Reads a refusal. A page that is not the broker's (a proxy's HTML) is named by its status only. */
export const refusal = async (response: Response): Promise<BrokerError> => {
  const { status, headers } = response;
  const isProblem = headers.get("content-type")?.includes("application/problem+json");
  const said: Record<string, unknown> | null = isProblem ? await response.json().catch(() => null) : null;
  const requestId = text(said?.instance) ?? headers.get("x-request-id");
  const retryAfterSeconds = secondsUntil(headers.get("retry-after"));
  const errors = inputProblems(said?.errors);
  return new BrokerError({
    status,
    code: text(said?.type)?.split("/").pop() ?? `http-${status}`,
    title: text(said?.title) ?? `The service answered ${status}`,
    detail: text(said?.detail) ?? "It did not say why. Is this the broker's address?",
    ...(requestId && { requestId }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(errors && { errors }),
  });
};
