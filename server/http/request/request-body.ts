// The body of a request, which is read whole or passed on, within the memory that all bodies share.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "../../auth/caller.ts";
import { rejected } from "../../auth/rejection.ts";
import { Failure } from "../../failures/failure.ts";
import type { IncomingBody } from "../../relay/request-body.ts";
import { ArrivingBytes } from "./arriving-bytes.ts";
import type { BodyMemory } from "./body-memory.ts";
import { type DigestCheck, startDigestCheck } from "./content-digest.ts";
import { fieldOf } from "./fields.ts";

/**
 * The request's body; undefined where it has none. What it takes of the memory is given back by its `release`, or when the
 * answer has gone. Throws `media-type-unsupported` where it is compressed.
 */
export const requestBody = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { kind, id }: Pick<Caller, "id" | "kind">,
  memory: BodyMemory,
): IncomingBody | undefined => {
  const stated = fieldOf(incoming, "content-length");
  const length = stated === undefined ? undefined : Number(stated);
  if (length === 0 || (length === undefined && fieldOf(incoming, "transfer-encoding") === undefined))
    return undefined;
  const encoding = fieldOf(incoming, "content-encoding");
  if (encoding !== undefined && encoding !== "identity") {
    throw new Failure("media-type-unsupported", "Send the body without Content-Encoding.");
  }
  const isSigned = kind === "signer";
  const lease = memory.open(id);
  const refuseGone = (): void => {
    // What would be taken from now on, nobody would give back.
    if (outgoing.destroyed) throw callerLeft();
  };
  const begin = () => {
    if (fieldOf(incoming, "expect") !== undefined) outgoing.writeContinue();
    return incoming;
  };
  return {
    contentType: fieldOf(incoming, "content-type") ?? "",
    length,
    isSigned,
    whole: async (maxBytes, look) => {
      if ((length ?? 0) > maxBytes) throw tooLarge(maxBytes);
      refuseGone();
      outgoing.once("close", lease.release);
      const digest = isSigned ? startDigestCheck(fieldOf(incoming, "content-digest")) : undefined;
      const reading = { length, maxBytes, lease, turns: memory.turns, digest, look };
      const bytes = await readWhole(begin(), reading);
      if (digest && bytes.length > 0) refuseOtherBody(digest);
      return bytes;
    },
    // Whatever happens to it on the way, the caller's connection is still needed for the answer.
    passing: () => begin().iterator({ destroyOnReturn: false }),
    charge: (bytes) => {
      refuseGone();
      lease.take(bytes);
    },
    discharge: lease.give,
    release: lease.release,
  };
};

interface Reading extends Pick<IncomingBody, "length"> {
  maxBytes: number;
  lease: Pick<ReturnType<BodyMemory["open"]>, "release" | "take">;
  turns: BodyMemory["turns"];
  digest: DigestCheck | undefined;
  look: Parameters<IncomingBody["whole"]>[1];
}

/** A smaller body comes in one piece. */
const ONE_PIECE_BYTES = 64 * 1024;

const readWhole = (
  incoming: IncomingMessage,
  { length, maxBytes, lease, turns, digest, look }: Reading,
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const arriving = new ArrivingBytes(length ?? Number.POSITIVE_INFINITY);
    let passed = 0;
    let fault: { error: unknown } | undefined;
    const drop = (): void => {
      arriving.take();
      lease.release();
    };
    const keep = (chunk: Buffer): void => {
      try {
        lease.take(chunk.length);
        arriving.add(chunk);
        digest?.add(chunk);
        look?.(arriving.bytes, arriving.length);
      } catch (error) {
        fault = { error };
        drop();
      }
    };
    incoming.on("data", (chunk: Buffer) => {
      passed += chunk.length;
      if (passed > maxBytes) {
        incoming.removeAllListeners("data").resume();
        drop();
        reject(tooLarge(maxBytes));
      }
      // An answer to a body that is still being sent might not be read: what is left comes in, and is dropped.
      else if (!fault) keep(chunk);
      // Node reads two megabytes of a connection in one go, and then the next connection.
      if (passed > ONE_PIECE_BYTES && !turns.mayGoOn(chunk.length, () => incoming.resume())) incoming.pause();
    });
    incoming.once("end", () => (fault ? reject(fault.error) : resolve(arriving.take())));
    incoming.once("close", () => reject(callerLeft()));
  });

// Not a failure of the service.
const callerLeft = (): Error => new DOMException("the caller left", "AbortError");

// What is left of the body stands on this connection, in the way of the next request.
export const tooLarge = (maxBytes: number): Failure =>
  new Failure("request-too-large", `The body may have ${maxBytes} bytes.`, {
    headers: { connection: "close" },
  });

/** A signature covers the digest of the body, and the body is what was signed only if it fits. */
const refuseOtherBody = (digest: DigestCheck): void => {
  if (digest.fits()) return;
  throw rejected("digest-mismatch", "the body does not fit its Content-Digest");
};
