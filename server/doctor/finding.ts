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
  /** Where there are several of that id: what each looks at, such as `key default`. */
  subject?: string;
  /** What it looks at, in a word or two, such as `Clock`. */
  title: string;
  /** The heading under which it is printed, such as `OpenAI`; by default that of the service itself. */
  group?: string;
  /** Checks whose fault makes this one meaningless, as `id` or `id subject`; it is then skipped, and that is said. */
  needs?: readonly string[];
  /** What it costs, where it costs money. */
  cost?: string;
  /** How long it may take; ten seconds by default. */
  timeoutMs?: number;
  /** May throw, which is a finding too. The signal ends it when its time is up. */
  run(signal: AbortSignal): Promise<Finding[]>;
}

/** `tls api.openai.com`, as `needs` names a check. */
export const nameOf = ({ id, subject }: { id: string; subject?: string | undefined }): string =>
  subject === undefined ? id : `${id} ${subject}`;
