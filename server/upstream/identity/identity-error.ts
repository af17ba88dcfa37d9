// Why there is no access token, for the operator.

/**
 * The message goes on from the name of the key's setting, says what to change, and never holds a token. `refused`: it will hardly
 * change by itself.
 */
export class IdentityError extends Error {
  readonly kind: "away" | "refused";

  constructor(kind: "away" | "refused", message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "IdentityError";
    this.kind = kind;
  }
}
