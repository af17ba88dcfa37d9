// A body for the relay, which reads it whole or passes it on, within a memory that all of them share.
import { Failure } from "../failure.ts";
import type { UnreadBody } from "../relay/intake.ts";
import { checkDigest } from "./body.ts";
import { type BrokerContext, header } from "./context.ts";

/** How much all bodies that are read whole may take together. */
export interface BodyMemory {
  /** Throws `overloaded`. */
  take(bytes: number): void;
  give(bytes: number): void;
}

export const createBodyMemory = (maxBytes: number): BodyMemory => {
  let taken = 0;
  return {
    take: (bytes) => {
      if (taken + bytes > maxBytes)
        throw new Failure("overloaded", undefined, { headers: { "retry-after": "1" } });
      taken += bytes;
    },
    give: (bytes) => {
      taken -= bytes;
    },
  };
};

/** The request's body; undefined where it has none. What it takes of the memory is given back when the answer has gone. */
export const unreadBody = (c: BrokerContext, memory: BodyMemory): UnreadBody | undefined => {
  const { incoming, outgoing } = c.env;
  const stated = header(c, "content-length");
  const length = stated === undefined ? undefined : Number(stated);
  if (length === 0 || (length === undefined && header(c, "transfer-encoding") === undefined))
    return undefined;
  const encoding = header(c, "content-encoding");
  if (encoding !== undefined && encoding !== "identity") {
    throw new Failure("media-type-unsupported", "Send the body without Content-Encoding.");
  }
  outgoing.bodyMayTakeLong = true;
  const isSigned = c.get("caller").kind === "signer";
  const begin = () => {
    if (header(c, "expect") !== undefined) outgoing.writeContinue();
    return incoming;
  };
  return {
    contentType: header(c, "content-type") ?? "",
    length,
    isSigned,
    whole: async (maxBytes) => {
      if (length !== undefined && length > maxBytes) throw tooLarge(maxBytes);
      let taken = 0;
      outgoing.once("close", () => memory.give(taken));
      const bytes = await readWhole(begin(), maxBytes, (size) => {
        memory.take(size);
        taken += size;
      });
      if (isSigned) checkDigest(c, bytes);
      return bytes;
    },
    // Whatever happens to it on the way, the caller's connection is still needed for the answer.
    passing: () => begin().iterator({ destroyOnReturn: false }),
  };
};

const readWhole = (
  incoming: BrokerContext["env"]["incoming"],
  maxBytes: number,
  onBytes: (size: number) => void,
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on("data", (chunk: Buffer) => {
      length += chunk.length;
      try {
        if (length > maxBytes) throw tooLarge(maxBytes);
        onBytes(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        incoming.removeAllListeners("data").resume();
        reject(error);
      }
    });
    incoming.once("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    incoming.once("close", () => reject(new Error("the caller left")));
  });

// What is left of the body stands on this connection, in the way of the next request.
const tooLarge = (maxBytes: number): Failure =>
  new Failure("request-too-large", `The body may have ${maxBytes} bytes.`, {
    headers: { connection: "close" },
  });
