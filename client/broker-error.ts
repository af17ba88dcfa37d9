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
  requestId?: string | undefined;
  retryAfterSeconds?: number | undefined;
  errors?: InputProblem[] | undefined;
}

/**
 * Thrown by every call of `brokerClient`. `message` is fit to be shown; `code` is fit to be compared:
 * the last part of the problem's type (`credentials-missing`, `arguments-invalid`, …), `network` when there
 * was no answer, `answer-unreadable` when the answer was not the broker's.
 */
export class BrokerError extends Error {
  declare readonly status: number;
  declare readonly code: string;
  declare readonly title: string;
  declare readonly detail: string;
  declare readonly requestId?: string | undefined;
  declare readonly retryAfterSeconds?: number | undefined;
  declare readonly errors?: InputProblem[] | undefined;

  constructor(problem: BrokerProblem, options?: ErrorOptions) {
    super(`${problem.title}: ${problem.detail}`, options);
    Object.assign(this, problem);
    this.name = "BrokerError";
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

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
  return new BrokerError({
    status,
    code: text(said?.type)?.split("/").pop() ?? `http-${status}`,
    title: text(said?.title) ?? `The service answered ${status}`,
    detail: text(said?.detail) ?? "it did not say why. Is this the broker's address?",
    requestId: text(said?.instance),
    retryAfterSeconds: secondsUntil(headers.get("retry-after")),
    errors: Array.isArray(said?.errors) ? said.errors : undefined,
  });
};
