// The body of a relayed request in the form that undici sends, without holding it for longer than it takes to send.
import { Readable } from "node:stream";
import type { RelayBody } from "./relay.ts";

/** undici holds a whole body until the response has ended, which may take minutes; a larger one is given to it in pieces. */
const MAX_HELD_BYTES = 256 * 1024;
const PIECE_BYTES = 64 * 1024;

/** `onRelayed` is told the number of bytes of a streaming body as they pass. */
export const sendable = (
  body: RelayBody | undefined,
  onRelayed: (bytes: number) => void,
): Uint8Array | Readable | null => {
  if (!body) return null;
  if (body.kind === "streaming") return Readable.from(observed(body, onRelayed), { objectMode: false });
  return isLarge(body) ? piecesOf(body.bytes) : body.bytes;
};

/** undici cannot tell the length of a body in pieces. */
export const lengthFields = (body: RelayBody | undefined): string[] =>
  body?.kind === "buffered" && isLarge(body) ? ["content-length", String(body.bytes.length)] : [];

const isLarge = ({ bytes }: Extract<RelayBody, { kind: "buffered" }>): boolean =>
  bytes.length > MAX_HELD_BYTES;

// Not a generator: it would hold its argument for as long as undici holds the stream.
const piecesOf = (bytes: Uint8Array): Readable => {
  let rest: Uint8Array | undefined = bytes;
  return new Readable({
    read() {
      const piece = rest?.subarray(0, PIECE_BYTES) ?? null;
      rest = rest && rest.length > PIECE_BYTES ? rest.subarray(PIECE_BYTES) : undefined;
      this.push(piece);
    },
  });
};

async function* observed(
  body: Extract<RelayBody, { kind: "streaming" }>,
  onRelayed: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body.bytes) {
      body.begun = true;
      onRelayed(chunk.length);
      yield chunk;
    }
  } catch (error) {
    body.broken = true;
    throw error;
  }
}
