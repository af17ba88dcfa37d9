// The port of what may be used once: the nonces of signed requests.

export interface Nonces {
  /**
   * True the first time that this signer's nonce is shown within `ttlSeconds`, at whatever replica. Rejects where that cannot
   * be found out: what cannot be checked is not accepted.
   */
  once(signer: string, nonce: string, ttlSeconds: number): Promise<boolean>;
}
