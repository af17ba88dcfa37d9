// Port to where secrets are kept, and why one could not be read.
import { suggestNames } from "../names.ts";
import type { Secret } from "../secret.ts";

/** What stands at one place of a store. */
export interface StoredSecret {
  /** The secret as a whole, where the place holds one text. */
  text: Secret | undefined;
  /** Its parts by name, where the place holds several. */
  fields: ReadonlyMap<string, Secret>;
  /** When it was last changed, in milliseconds since 1970, where the store tells. */
  changedAt?: number | undefined;
  /** Where it is valid for a time only, and another reading would make another: until it ends, this one is used. */
  lease?: Lease | undefined;
}

export interface Lease {
  durationMs: number;
  /** Asks for more time, and resolves to how much there is now. Rejects with a `SecretError`. */
  renew(signal: AbortSignal): Promise<number>;
}

export interface SecretStore extends AsyncDisposable {
  /** Whether what it holds can change meanwhile: never, in ways that it tells (and may miss), or told only when it is asked. */
  changes: "never" | "watched" | "asked";
  /** Rejects with a `SecretError`, in bounded time. */
  read(place: string, signal: AbortSignal): Promise<StoredSecret>;
  /** Calls back when a place may have changed, where the store can tell; it is then read again. */
  watch?(place: string, onHint: () => void): Disposable;
}

/**
 * Why a secret could not be read, as a sentence for the operator that goes on from the reference and names what to change; it
 * never holds a value. `down`: the store did not answer, and may do so later. `refused`: it will not change by waiting.
 */
export class SecretError extends Error {
  readonly reason: "down" | "refused";

  constructor(reason: "down" | "refused", message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SecretError";
    this.reason = reason;
  }
}

/** A store whose places hold one text each. */
export const wholeSecret = (text: Secret): StoredSecret => ({ text, fields: new Map() });

/** The part that a reference names. Throws a `SecretError` where there is none. */
export const partOf = ({ text, fields }: StoredSecret, field: string | undefined): Secret => {
  const found = field === undefined ? text : fields.get(field);
  if (found) return found;
  const names = [...fields.keys()];
  throw new SecretError(
    "refused",
    field === undefined
      ? "holds several fields; name one after #"
      : `has no field ${field}${suggestNames(field, names)}`,
  );
};

/** Whether two readings have the same values. */
export const isSameSecret = (one: StoredSecret, other: StoredSecret): boolean =>
  isSameText(one.text, other.text) &&
  one.fields.size === other.fields.size &&
  [...one.fields].every(([name, value]) => isSameText(value, other.fields.get(name)));

const isSameText = (one: Secret | undefined, other: Secret | undefined): boolean =>
  one === undefined || other === undefined ? one === other : one.isSame(other);
