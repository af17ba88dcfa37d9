// Port of a command's output: results go to standard output, complaints to standard error.

export interface Terminal {
  /** One or more lines, without the last line break. */
  print(text: string): void;
  complain(text: string): void;
  /** Bold on a terminal, unchanged elsewhere. */
  bold(text: string): string;
}

/** A command that failed; its message is one sentence for the operator. */
export class CommandError extends Error {
  /** The exit code: 2 for a command that was not understood, 1 for one that failed. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}
