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
  /** Asks for a secret, which is not shown; or reads all of standard input where it is no terminal. */
  readSecret(question: string): Promise<string>;
  /** Whether there is a file of that name. */
  exists(file: string): Promise<boolean>;
  /** Writes a new file, of mode 600 where only its owner may read it. Resolves to false where one of that name exists, which stays. */
  writeNew(file: string, text: string, readers?: "everyone" | "owner"): Promise<boolean>;
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
