// Where a command writes: answers to standard output, everything else to standard error.

export interface Terminal {
  /** One line, or several, without the last line's end. */
  print(text: string): void;
  complain(text: string): void;
  /** Bold where that can be seen. */
  bold(text: string): string;
}

/** A command that cannot be done as it was asked; its message is one sentence for the operator. */
export class CommandError extends Error {
  /** What the process ends with: 2 for a command that was not understood, 1 for one that failed. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}
