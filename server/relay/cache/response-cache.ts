// Where answers are kept that would be the same again.

export interface CachedResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

export interface Answers {
  /** The largest body that is kept, in bytes. */
  readonly maxBytes: number;
  /** Undefined where it is not there, or where it is kept does not answer. */
  find(key: string): Promise<CachedResponse | undefined>;
  /** Never rejects: what could not be kept is asked for again. */
  keep(key: string, answer: CachedResponse, ttlSeconds: number): Promise<void>;
}
