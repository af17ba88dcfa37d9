// The port of the response cache: whole responses by their cache key.

export interface CachedResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

export interface ResponseCache {
  /** The largest body that is stored, in bytes. */
  readonly maxBytes: number;
  /** Undefined where it is not stored, or the store does not answer. Never rejects. */
  find(key: string): Promise<CachedResponse | undefined>;
  /** Never rejects: a response that could not be stored is asked for again. */
  store(key: string, response: CachedResponse, ttlSeconds: number): Promise<void>;
}
