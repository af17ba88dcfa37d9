// The body of a request: buffered or streamed, within the memory that all bodies share.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "../../auth/caller.ts";
import { rejected } from "../../auth/rejection.ts";
import { Failure } from "../../failures/failure.ts";
import type { IncomingBody } from "../../relay/request-body.ts";
import type { BodyLease, BodyMemory } from "./body-memory.ts";
import { bufferBody, callerLeft, tooLarge } from "./buffer-body.ts";
import { type DigestCheck, startDigestCheck } from "./content-digest.ts";

/**
 * The request's body; undefined where it has none. The memory it takes is given back by its `release`, or when the response
 * has closed. Throws `media-type-unsupported` where the body is compressed.
 */
export const requestBody = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { kind, id }: Pick<Caller, "id" | "kind">,
  memory: BodyMemory,
): IncomingBody | undefined => {
  const stated = incoming.headers["content-length"];
  const length = stated === undefined ? undefined : Number(stated);
  if (length === 0 || (length === undefined && incoming.headers["transfer-encoding"] === undefined))
    return undefined;
  const encoding = incoming.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    throw new Failure("media-type-unsupported", "Send the body without Content-Encoding.");
  }
  return new RequestBody(incoming, outgoing, length, kind === "signer", memory, memory.open(id));
};

class RequestBody implements IncomingBody {
  readonly length: number | undefined;
  readonly isSigned: boolean;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #memory: BodyMemory;
  readonly #lease: BodyLease;

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    length: number | undefined,
    isSigned: boolean,
    memory: BodyMemory,
    lease: BodyLease,
  ) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.length = length;
    this.isSigned = isSigned;
    this.#memory = memory;
    this.#lease = lease;
  }

  get contentType(): string {
    return this.#incoming.headers["content-type"] ?? "";
  }

  async whole(maxBytes: number, onBytes?: Parameters<IncomingBody["whole"]>[1]): Promise<Buffer> {
    if ((this.length ?? 0) > maxBytes) throw tooLarge(maxBytes);
    this.#refuseClosed();
    refuseRead(this.#incoming);
    this.#outgoing.on("close", () => this.#lease.release());
    const stated = this.#incoming.headers["content-digest"];
    const digest = this.isSigned ? startDigestCheck(stated?.toString()) : undefined;
    this.#continue();
    const bytes = await bufferBody(this.#incoming, {
      length: this.length,
      maxBytes,
      lease: this.#lease,
      turns: this.#memory.turns,
      onChunk: digest && ((chunk) => digest.add(chunk)),
      onBytes,
    });
    if (digest && bytes.length > 0) refuseOtherBody(digest);
    return bytes;
  }

  passing(): AsyncIterable<Uint8Array> {
    refuseRead(this.#incoming);
    this.#continue();
    // Even if the body is not read to its end, the request and its connection are needed for the answer.
    return this.#incoming.iterator({ destroyOnReturn: false });
  }

  charge(bytes: number): void {
    this.#refuseClosed();
    this.#lease.take(bytes);
  }

  discharge(bytes: number): void {
    this.#lease.give(bytes);
  }

  release(): void {
    this.#lease.release();
  }

  #continue(): void {
    if (this.#incoming.headers.expect !== undefined) this.#outgoing.writeContinue();
  }

  // The response's "close" gives the memory back: what is taken after it would be lost.
  #refuseClosed(): void {
    if (this.#outgoing.destroyed) throw callerLeft();
  }
}

// Where the service is mounted in an application. Waiting for a body that does not come would hold the request for ever.
const refuseRead = ({ readableDidRead }: IncomingMessage): void => {
  if (!readableDidRead) return;
  const cause = new Error(
    "the application has read the body: mount the service before express.json() and the like",
  );
  throw new Failure("internal", undefined, { cause });
};

// A signature covers the digest of the body; the bytes are those that were signed only if they match it.
const refuseOtherBody = (digest: DigestCheck): void => {
  if (digest.fits()) return;
  throw rejected("digest-mismatch", "the body does not match its Content-Digest");
};
