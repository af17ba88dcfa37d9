// Port to OpenAI's admin API: makes, finds and deletes the keys of a project.
import type { Secret } from "../secret.ts";

export interface CreatedKey {
  /** How it is deleted: `service_account:ID` with its account, `api_key:ID` alone. */
  remoteId: string;
  secret: Secret;
}

export interface KeyPlace {
  project: string;
  /** The account that gets the key; without it the key gets one of its own. */
  serviceAccount: string | undefined;
}

/** All reject with a `KeyAdminError`, or the signal's reason. */
export interface KeyAdmin {
  /** `name` is its name at OpenAI. */
  create(place: KeyPlace, name: string, signal: AbortSignal): Promise<CreatedKey>;
  /** The remote ids of all that was created with that name. */
  find(place: KeyPlace, name: string, signal: AbortSignal): Promise<readonly string[]>;
  /** The remote id of a key that was made elsewhere; undefined unless exactly one key of the project looks like it. */
  findSecret(project: string, secret: Secret, signal: AbortSignal): Promise<string | undefined>;
  /** What is not there counts as deleted. */
  delete(project: string, remoteId: string, signal: AbortSignal): Promise<void>;
}

/** Its message is fit for a log: one sentence without secrets. */
export class KeyAdminError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KeyAdminError";
  }
}
