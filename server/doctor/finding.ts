// What doctor's checks answer: a finding each, with its cause and what to do.

/** `note`: worth knowing; `warning`: works, but will not always; `fault`: something does not work. */
export const levels = ["ok", "note", "warning", "fault"] as const;

export type Level = (typeof levels)[number];

/** One thing that was looked at, or is wrong. No text in it may hold a secret. */
export interface Finding {
  /** The check's id, such as `tls`; of a fault the id of what is wrong, such as `tls.expired`. */
  check: string;
  level: Level;
  /** What was looked at, such as `key default` or `api.openai.com`. */
  subject: string;
  /** One line: what is so. */
  title: string;
  /** Why, in one sentence or two. */
  cause?: string;
  /** What to do, with the name of the setting. */
  fix?: string;
  /** Measured values, with the unit in the name, such as `latencyMs`. */
  figures?: Readonly<Record<string, number | string>>;
}

export interface Check {
  id: string;
  /** What it looks at, as the heading of its findings. */
  title: string;
  /** Checks whose fault makes this one meaningless; it is then skipped, and that is said. */
  needs?: readonly string[];
  /** May throw, which is a finding too. The signal ends it when its time is up. */
  run(signal: AbortSignal): Promise<Finding[]>;
}
