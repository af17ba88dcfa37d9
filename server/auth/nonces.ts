// The port of what may be used once: the nonces of signed requests.

export interface Nonces {
  /**
   * True the first time that a name is shown within `ttlSeconds`, by whatever replica. Rejects where that cannot be found
   * out: what cannot be checked is not accepted.
   */
  once(name: string, ttlSeconds: number): Promise<boolean>;
}
