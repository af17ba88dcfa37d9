// One request to OpenAI, or one look into the response cache, for all callers who wait for it.
import type { Flow, Recipient } from "../../upstream/relay.ts";
import type { BufferMemory } from "./buffer-memory.ts";
import type { CachedResponse, ResponseCache } from "./response-cache.ts";
import { SharedResponse } from "./single-flight.ts";

export interface ShareableRequest {
  /** The cache key. */
  key: string;
  ttlSeconds: number;
  /** The caller's, as OpenAI is told. */
  identity: string;
  /** Whether a cached response will do, or another caller's. A fresh response is stored all the same. */
  mayReuse: boolean;
  /** Its head says the outcome, as `x-broker-cache`. */
  recipient: Recipient;
  /** Aborts when the caller leaves. */
  signal: AbortSignal;
  /** The caller's own deadline for the head; undefined where it is not before the service's. */
  waitMs: number | undefined;
  /** Asks OpenAI for all who wait, until the signal aborts. */
  send(recipient: Recipient, signal: AbortSignal): Promise<string>;
}

export interface SharedRequestPorts {
  responses: ResponseCache;
  memory: BufferMemory;
}

export class SharedRequest {
  readonly response: SharedResponse;
  /** Of the caller who asked first. */
  readonly identity: string;
  isHit = false;
  /** Resolves with the name of the upstream key when the response begins. */
  readonly begun: Promise<string | undefined>;

  /** `onOver` is called when no other caller may join it any more. */
  constructor(request: ShareableRequest, { responses, memory }: SharedRequestPorts, onOver: () => void) {
    const { key, ttlSeconds, identity } = request;
    this.identity = identity;
    this.response = new SharedResponse({
      maxBytes: responses.maxBytes,
      memory,
      onWhole: (response) => {
        if (!this.isHit && isCacheable(response)) void responses.store(key, response, ttlSeconds);
      },
      onOver,
    });
    this.begun = this.#begin(request, responses);
    // Those who wait share a failure; later callers ask again.
    this.begun.catch(onOver);
  }

  async #begin(
    { key, mayReuse, send }: ShareableRequest,
    responses: ResponseCache,
  ): Promise<string | undefined> {
    // Always later than the constructor, so that the first caller has subscribed.
    const cached = await (mayReuse ? responses.find(key) : undefined);
    if (!cached) return send(new CopyingRecipient(this.response), this.response.signal);
    this.isHit = true;
    this.response.onHead(cached.status, cached.headers, unpaced);
    this.response.onData(cached.body);
    this.response.onEnd();
    return undefined;
  }
}

const unpaced: Flow = { pause: () => {}, resume: () => {} };

// A chunk from a socket may be part of something much larger. A cached body is not copied for each caller who reads slowly.
class CopyingRecipient implements Recipient {
  readonly #recipient: Recipient;

  constructor(recipient: Recipient) {
    this.#recipient = recipient;
  }

  onHead(...head: Parameters<Recipient["onHead"]>): void {
    this.#recipient.onHead(...head);
  }

  onData(chunk: Uint8Array): void {
    this.#recipient.onData(Buffer.from(chunk));
  }

  onEnd(): void {
    this.#recipient.onEnd();
  }

  onBreak(reason: Error): void {
    this.#recipient.onBreak(reason);
  }
}

const isCacheable = ({ status, headers, body }: CachedResponse): boolean => {
  if (status !== 200 || /\bno-store\b/i.test(headers["cache-control"] ?? "")) return false;
  return !headers["content-type"]?.startsWith("text/event-stream") || isWholeStream(body);
};

// A stream begins with 200 before it fails; it may tell the failure in an event and end as if it were whole.
const isWholeStream = (body: Buffer): boolean =>
  body.subarray(-64).toString("latin1").trimEnd().endsWith("data: [DONE]") &&
  !body.includes('data: {"error"');
