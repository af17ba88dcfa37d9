// A refusal, thrown anywhere and rendered in one place.
import { kinds } from "./catalogue.ts";
import type { Kind } from "./kind.ts";

export type FailureCode = keyof typeof kinds;

/** Points at one wrong part of the input, as RFC 9457's example does. */
export interface InputError {
  /** JSON pointer into the arguments or the body. */
  pointer: string;
  detail: string;
}

/** Of one input. A hostile body can have a hundred thousand errors, each of which would be answered and logged. */
export const MAX_ERRORS = 20;

interface FailureOptions {
  /** For the log only; never reaches the caller. */
  cause?: unknown;
  /** At most `MAX_ERRORS` are kept. */
  errors?: InputError[];
  headers?: Record<string, string>;
  /** The limits that were exceeded, by their names in `RateLimit-Policy`. */
  violatedPolicies?: string[];
}

/** A refusal. Thrown anywhere, rendered in one place (`http/response/problem.ts`). */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly detail: string;
  readonly errors: InputError[] | undefined;
  readonly headers: Record<string, string>;
  readonly violatedPolicies: string[] | undefined;

  constructor(code: FailureCode, detail?: string, options: FailureOptions = {}) {
    super(detail ?? kinds[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Failure";
    this.code = code;
    this.detail = detail ?? kinds[code].advice;
    this.errors = options.errors?.slice(0, MAX_ERRORS);
    this.headers = options.headers ?? {};
    this.violatedPolicies = options.violatedPolicies;
  }

  get status(): number {
    return kinds[this.code].status;
  }

  get title(): string {
    return kinds[this.code].title;
  }

  get userMessage(): string {
    return kinds[this.code].userMessage;
  }
}

export const failureCodes = Object.keys(kinds) as FailureCode[];

export const failureKind = (code: FailureCode): Kind => kinds[code];

export const isFailureCode = (text: string): text is FailureCode => Object.hasOwn(kinds, text);
