// Why credentials were rejected: a closed list that operators can count, and callers never see.
import { Failure } from "../failures/failure.ts";

export type RejectionReason =
  // The header or the token is of no kind that is configured.
  | "scheme-unknown"
  | "token-unknown"
  | "credentials-ambiguous"
  // Users' tokens.
  | "user-token-malformed"
  | "user-token-unknown"
  | "user-token-wrong"
  | "user-token-rehashed"
  | "user-token-expired"
  | "user-disabled"
  // Tokens of identity providers.
  | "jwt-malformed"
  | "jwt-too-long"
  | "jwt-algorithm"
  | "jwt-key-unknown"
  | "jwt-signature"
  | "jwt-expired"
  | "jwt-not-yet-valid"
  | "jwt-audience"
  | "jwt-claims"
  | "jwt-lifetime"
  // Signed requests.
  | "signature-malformed"
  | "signature-invalid"
  | "signature-coverage"
  | "signature-stale"
  | "nonce-malformed"
  | "nonce-reused"
  | "digest-mismatch"
  // Sessions of the application in which the service is mounted.
  | "session-expired"
  // Tickets of supervised voice sessions.
  | "ticket-malformed"
  | "ticket-unknown"
  | "ticket-elsewhere"
  | "ticket-caller-ended"
  | "grant-unknown"
  // Guests.
  | "guest-token-elsewhere"
  | "solution-malformed"
  | "solution-wrong";

/** The cause of every `credentials-rejected`. Its message is for the log only. */
export class CredentialsRejected extends Error {
  override readonly name = "CredentialsRejected";
  readonly reason: RejectionReason;

  constructor(reason: RejectionReason, detail: string, cause: unknown) {
    super(detail, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** The one way to reject credentials. The caller learns neither `reason` nor `detail`: either would help to guess. */
export const rejected = (reason: RejectionReason, detail: string, cause?: unknown): Failure =>
  new Failure("credentials-rejected", undefined, { cause: new CredentialsRejected(reason, detail, cause) });

/** The reason of a rejection; undefined for every other error, also another `Failure`. */
export const rejectionReason = (error: unknown): RejectionReason | undefined =>
  error instanceof Failure && error.cause instanceof CredentialsRejected ? error.cause.reason : undefined;
