// The error of the broker client: what the broker or the network refused, for the developer and for the page's user.
import type { InputProblem, ProblemDocument } from "./answers.ts";
import { sentences } from "./sentences.ts";

/** The fields of a `BrokerError`, from the broker's problem document or from the client itself. */
export interface BrokerProblem {
  /** HTTP status; 0 when there was no answer. */
  status: number;
  code: string;
  title: string;
  detail: string;
  /** A sentence for the page's user; left out, the client has one for the status. */
  userMessage?: string | undefined;
  requestId?: string | undefined;
  retryAfterSeconds?: number | undefined;
  errors?: InputProblem[] | undefined;
}

const sentenceFor = ({ status, code }: BrokerProblem): string => {
  if (status === 401) return sentences.signIn;
  return code === "network" ? sentences.unreachable : sentences.unavailable;
};

/**
 * Thrown by every call of `brokerClient`. `message` tells the developer what was wrong and what to do, `userMessage` is
 * a sentence for the page's user; `code` is fit to be compared:
 * the last part of the problem's type (`credentials-missing`, `arguments-invalid`, …), `network` when there
 * was no answer, `answer-unreadable` when the answer was not the broker's.
 */
export class BrokerError extends Error {
  declare readonly status: number;
  declare readonly code: string;
  declare readonly title: string;
  declare readonly detail: string;
  declare readonly userMessage: string;
  declare readonly requestId?: string | undefined;
  declare readonly retryAfterSeconds?: number | undefined;
  declare readonly errors?: InputProblem[] | undefined;

  constructor(problem: BrokerProblem, options?: ErrorOptions) {
    const wrong = problem.errors?.map(({ pointer, detail }) => ` (${pointer}: ${detail})`).join("") ?? "";
    super(`${problem.title}: ${problem.detail}${wrong}`, options);
    Object.assign(this, problem, { userMessage: problem.userMessage ?? sentenceFor(problem) });
    this.name = "BrokerError";
  }
}

/** Reads a refusal. An answer that is not the broker's, such as a proxy's HTML, is described by its status only. */
export const refusal = async (response: Response): Promise<BrokerError> => {
  const { status, headers } = response;
  const isProblem = headers.get("content-type")?.includes("application/problem+json");
  const body: Partial<ProblemDocument> | null = isProblem ? await response.json().catch(() => null) : null;
  // A proxy may send a date here; the broker sends seconds.
  const seconds = Number.parseInt(headers.get("retry-after") ?? "", 10);
  return new BrokerError({
    status,
    code: body?.type?.split("/").pop() ?? `http-${status}`,
    title: body?.title ?? `The service answered ${status}`,
    detail: body?.detail ?? "it did not say why. Is the broker at this address?",
    userMessage: typeof body?.user_message === "string" && body.user_message ? body.user_message : undefined,
    requestId: body?.instance,
    retryAfterSeconds: seconds >= 0 ? seconds : undefined,
    errors: body?.errors,
  });
};
