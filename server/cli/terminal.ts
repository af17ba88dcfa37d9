// Port of a command to the terminal and the current folder: results go to standard output, complaints to standard error.

export type Colour = "dim" | "green" | "red" | "yellow";

export interface Terminal {
  /** One or more lines, without the last line break. */
  print(text: string): void;
  complain(text: string): void;
  /** Bold on a terminal, unchanged elsewhere. */
  bold(text: string): string;
  /** Dim on a terminal, unchanged elsewhere. */
  dim(text: string): string;
  /** In colour on a terminal, unless NO_COLOR is set; unchanged elsewhere. */
  paint(text: string, colour: Colour): string;
  /** How wide the terminal is; undefined elsewhere. */
  columns: number | undefined;
  /** Asks a question; the answer may be empty. */
  ask(question: string): Promise<string>;
  /** Whether there is a file of that name. */
  exists(file: string): Promise<boolean>;
  /** Writes a new file. Resolves to false where one of that name exists, which stays as it is. */
  writeNew(file: string, text: string): Promise<boolean>;
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
