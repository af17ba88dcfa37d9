// An answer of OpenAI's that began and never became whole: what was asked for may have been done.

export class BrokenAnswerError extends Error {
  readonly status: number;

  constructor(status: number, cause: Error) {
    super(`the answer broke off: ${cause.message}`, { cause });
    this.name = "BrokenAnswerError";
    this.status = status;
  }
}
