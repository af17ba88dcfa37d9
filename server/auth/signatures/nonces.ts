// The port of the nonce store: each nonce of a signed request is accepted once.

export interface Nonces {
  /**
   * True the first time that any replica sees this signer's nonce within `ttlSeconds`. Rejects when the store does not
   * answer: a nonce that cannot be checked is not accepted.
   */
  once(signer: string, nonce: string, ttlSeconds: number): Promise<boolean>;
}
