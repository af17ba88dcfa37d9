// Takes a caller's body in: read whole where it names a model or may be sent again, else only passed on.
import { Failure } from "../failures/failure.ts";
import { readMediaType } from "../forms/media-type.ts";
import { boundaryOf, formType } from "../forms/multipart.ts";
import { parsable, parsingCost } from "../json/limits.ts";
import type { RelayBody } from "../upstream/relay.ts";
import type { FormField } from "./moderation/texts.ts";
import { type BodyReader, formModels, jsonModels, type Models } from "./policy/model.ts";
import { namesNoModel } from "./policy/paths.ts";

/** A body that nothing has been read of. */
export interface IncomingBody {
  contentType: string;
  /** Bytes; undefined where only the end will tell. */
  length: number | undefined;
  /** Whether its sender's signature covers all of it, so that none may leave before the end. */
  isSigned: boolean;
  /**
   * Reads all of it, and shows all bytes that are there so far whenever more have come. Throws `request-too-large` beyond
   * `maxBytes`, `overloaded`, or what `look` throws.
   */
  whole(maxBytes: number, look?: (bytes: Buffer, end: number) => void): Promise<Buffer>;
  /** Reads it as it comes, no faster than it is taken. */
  passing(): AsyncIterable<Uint8Array>;
  /** Takes memory for what is made of it. Throws `overloaded`. */
  charge(bytes: number): void;
  /** Gives that back, when what was made of it is not held any more. */
  discharge(bytes: number): void;
  /** Gives the memory back: nothing will be done with the body any more. */
  release(): void;
}

export interface ReadBody extends Models {
  body: RelayBody;
  /** In our own words, whatever the caller's were; undefined where they named none. */
  mediaType: string | undefined;
  /** Whether `reading` would take too long. */
  isTooLargeToParse: boolean;
  /** What `read` makes of the body's content, of which it must hold nothing. Throws `overloaded`, or what `read` throws. */
  reading<Made>(read: (content: Content) => Made): Made;
  /** Drops the body, once it cannot be sent again. */
  release(): void;
}

/** What stands in a body: a JSON value, the fields of a form, or neither. */
export interface Content {
  json: unknown;
  fields: readonly FormField[] | undefined;
}

/** Images and sounds come inside JSON; OpenAI itself takes no more of them than this. */
const MAX_WHOLE_BYTES = 50 * 1024 * 1024;
/** An upload of this size is kept, so that it can be sent again. */
const MAX_KEPT_UPLOAD_BYTES = 1024 * 1024;

/** Throws `media-type-unsupported` for what a model cannot be read from, `request-malformed` or `request-too-large`. */
export const readRelayBody = async (path: string, unread: IncomingBody): Promise<ReadBody> => {
  const type = readMediaType(unread.contentType);
  if (type?.essence === "application/json") {
    const reader = jsonModels();
    const { bytes, models } = await readWith(reader, unread);
    const values = reader.values();
    const isTooLargeToParse = bytes.length > parsable.bytes || values > parsable.values;
    const { body, release } = kept(unread, bytes);
    const reading = readingWith(unread, parsingCost(bytes.length, values), () => ({
      json: JSON.parse(body.bytes.toString("utf8")),
      fields: undefined,
    }));
    return { body, release, ...models, mediaType: type.essence, isTooLargeToParse, reading };
  }
  if ((type || unread.contentType === "") && namesNoModel(path)) {
    const mediaType = type?.essence === "multipart/form-data" ? formType(boundaryOf(type)) : type?.essence;
    return { ...(await upload(unread)), ...noModels, ...noContent, mediaType };
  }
  if (type?.essence === "multipart/form-data") {
    const boundary = boundaryOf(type);
    const reader = formModels(boundary);
    const { bytes, models } = await readWith(reader, unread);
    const { body, release } = kept(unread, bytes);
    const textBytes = reader.textBytes();
    const reading = readingWith(unread, parsingCost(textBytes, 0), () => ({
      json: undefined,
      fields: reader.fields(body.bytes),
    }));
    const isTooLargeToParse = textBytes > parsable.bytes;
    return { body, release, ...models, isTooLargeToParse, reading, mediaType: formType(boundary) };
  }
  throw new Failure("media-type-unsupported", "Send application/json, or multipart/form-data.");
};

const noModels: Models = { model: undefined, others: [] };
const noContent: Pick<ReadBody, "isTooLargeToParse" | "reading"> = {
  isTooLargeToParse: false,
  reading: (read) => read({ json: undefined, fields: undefined }),
};

// A parsed value takes more memory than its text: it is counted for as long as it is there.
const readingWith =
  (unread: IncomingBody, cost: number, parse: () => Content): ReadBody["reading"] =>
  (read) => {
    unread.charge(cost);
    try {
      return read(parse());
    } finally {
      unread.discharge(cost);
    }
  };

const readWith = async (
  reader: BodyReader,
  unread: IncomingBody,
): Promise<{ bytes: Buffer; models: Models }> => {
  const bytes = await unread.whole(MAX_WHOLE_BYTES, reader.feed);
  return { bytes, models: reader.finish(bytes) };
};

interface Kept {
  body: { kind: "buffered"; bytes: Buffer };
  release(): void;
}

// Nothing else may hold the bytes, or they would stay as long as the answer goes on.
const kept = (unread: IncomingBody, bytes: Buffer): Kept => {
  const body: Kept["body"] = { kind: "buffered", bytes };
  return {
    body,
    release: () => {
      body.bytes = nothing;
      unread.release();
    },
  };
};

const nothing = Buffer.alloc(0);

const upload = async (unread: IncomingBody): Promise<Pick<ReadBody, "body" | "release">> => {
  const isSmall = unread.isSigned || (unread.length ?? Number.POSITIVE_INFINITY) <= MAX_KEPT_UPLOAD_BYTES;
  if (isSmall) return kept(unread, await unread.whole(MAX_WHOLE_BYTES));
  const body: RelayBody = { kind: "streaming", bytes: unread.passing(), begun: false, broken: false };
  return { body, release: () => {} };
};
