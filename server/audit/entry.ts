// One entry of the audit trail: who did what, to whom. Bounded and without secrets, whatever it is made of.
import { redact } from "../observe/redact.ts";

export type AuditAction =
  | "service-started"
  | "service-stopped"
  | "configuration-loaded"
  | "configuration-refused"
  | "key-minted"
  | "call-started"
  | "ticket-issued"
  | "session-started"
  /** An operator asked that sessions end. */
  | "session-end-requested"
  | "request-refused"
  | "budget-reached"
  | "user-added"
  | "user-changed"
  | "user-disabled"
  | "user-enabled"
  | "user-removed"
  | "token-rotated"
  /** A step of the rotation of a key at OpenAI, or one that failed. */
  | "upstream-key-rotation"
  /** Entries that memory had no room for while the database was away. */
  | "entries-lost"
  /** Entries whose time was over. */
  | "entries-expired"
  /** The heads of all chains. */
  | "anchor";

export interface AuditEntry {
  /** Milliseconds since 1970. */
  at: number;
  action: AuditAction;
  /** A caller's id, `guest` for all guests; `service`; `configuration`; or `cli:` and the operating system's user. */
  actor: string;
  /** Whom or what it was done to, such as `user:bob`. */
  target?: string | undefined;
  details: Readonly<Record<string, unknown>>;
}

const MAX_TEXT = 200;
const MAX_LIST = 30;
const MAX_FIELDS = 40;
const MAX_DEPTH = 4;

/** The entry with its texts cut and searched for credentials, its lists cut, and nothing in it but JSON's own values. */
export const boundedEntry = ({ at, action, actor, target, details }: AuditEntry): AuditEntry => ({
  at: Math.trunc(at),
  action,
  actor: boundedText(actor),
  target: target === undefined ? undefined : boundedText(target),
  details: boundedFields(details, MAX_DEPTH),
});

const boundedText = (text: string): string => redact(text, MAX_TEXT);

const boundedFields = (fields: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .slice(0, MAX_FIELDS)
      // Names of fields are this program's, so they are not searched: that is half of an entry's cost.
      .map(([name, value]) => [name.slice(0, MAX_TEXT), bounded(value, depth - 1)]),
  );

const bounded = (value: unknown, depth: number): unknown => {
  if (typeof value === "string") return boundedText(value);
  if (typeof value === "boolean" || value === null) return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "object" || depth === 0) return null;
  // Secrets mask themselves, and moments become texts.
  if ("toJSON" in value && typeof value.toJSON === "function") return bounded(value.toJSON(), depth - 1);
  if (!Array.isArray(value)) return boundedFields({ ...value }, depth);
  const rest = value.length - MAX_LIST;
  const listed = value.slice(0, MAX_LIST).map((each) => bounded(each, depth - 1));
  return rest > 0 ? [...listed, `and ${rest} more`] : listed;
};
