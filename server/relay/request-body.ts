// Reads a caller's request body: buffered where it names a model or may be sent again, else streamed.
import { Failure } from "../failures/failure.ts";
import { type MediaType, readMediaType } from "../forms/media-type.ts";
import { boundaryOf, formType } from "../forms/multipart.ts";
import { parsable, parsingCost } from "../json/limits.ts";
import type { RelayBody } from "../upstream/relay.ts";
import { MetadataTags } from "./metadata-tags.ts";
import { formModels, jsonModels, type Models } from "./policy/model.ts";
import {
  noOutputLimit,
  type OutputLimit,
  OutputLimitWatch,
  outputLimitOfForm,
} from "./policy/output-limit.ts";
import { namesNoModel } from "./policy/paths.ts";
import type { RequestContent } from "./request-content.ts";
import { mayIncludeUsage, StreamOptions } from "./usage/include-usage.ts";

/** A body of which nothing has been read. */
export interface IncomingBody {
  contentType: string;
  /** Bytes; undefined where only the end will tell. */
  length: number | undefined;
  /** Whether the caller's signature covers all of it, so that nothing may be sent on before the end. */
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
  /** Gives that memory back. */
  discharge(bytes: number): void;
  /** Gives the memory of the body back: nothing will be done with it any more. */
  release(): void;
}

/** A body that is ready to be sent. */
export interface ReadBody extends Models {
  body: RelayBody;
  /** Written anew, whatever the caller's spelling was; undefined where they named none. */
  mediaType: string | undefined;
  /** How much it allows a model to answer. */
  output: OutputLimit;
  /** The caller's own tags in it. */
  tags: readonly string[];
  /** Whether parsing its content would hold the event loop up for too long. */
  isTooLargeToParse: boolean;
  /**
   * Parses the content and returns what `read` makes of it, which must hold nothing of the content itself. Throws
   * `overloaded`, or what `read` throws.
   */
  withContent<Made>(read: (content: RequestContent) => Made): Made;
  /** Changes the request so that its stream tells the usage. Returns whether it did not ask for that itself. */
  askForUsage(): boolean;
  /** Drops the bytes, once they cannot be sent again. */
  release(): void;
}

/** OpenAI itself takes no more of a JSON body with images or sounds. */
const MAX_BUFFERED_BYTES = 50 * 1024 * 1024;
/** Uploads of this size are buffered, so that they can be sent again with another key. */
const MAX_BUFFERED_UPLOAD_BYTES = 1024 * 1024;

/**
 * Throws `media-type-unsupported` for types from which no model can be read, `request-malformed`, `request-too-large`, or
 * `overloaded`.
 */
export const readRelayBody = async (path: string, incoming: IncomingBody): Promise<ReadBody> => {
  const type = readMediaType(incoming.contentType);
  if (type?.essence === "application/json") return readJson(path, incoming);
  if ((type || incoming.contentType === "") && namesNoModel(path)) return readUpload(type, incoming);
  if (type?.essence === "multipart/form-data") return readForm(boundaryOf(type), incoming);
  throw new Failure("media-type-unsupported", "Send application/json, or multipart/form-data.");
};

const readJson = async (path: string, incoming: IncomingBody): Promise<ReadBody> => {
  const streamOptions = mayIncludeUsage(path) ? new StreamOptions() : undefined;
  const metadata = new MetadataTags();
  const outputLimit = new OutputLimitWatch();
  const reader = jsonModels(metadata, outputLimit, ...(streamOptions ? [streamOptions] : []));
  const whole = await incoming.whole(MAX_BUFFERED_BYTES, reader.feed);
  const models = reader.finish(whole);
  const output = outputLimit.read(whole);
  const { tags, bytes, removed } = metadata.take(whole);
  if (removed) streamOptions?.removed(removed);
  const values = reader.values();
  return new BufferedBody(incoming, bytes, {
    ...models,
    tags,
    mediaType: "application/json",
    output,
    isTooLargeToParse: bytes.length > parsable.bytes || values > parsable.values,
    parsingBytes: parsingCost(bytes.length, values),
    parse: (all) => ({ json: JSON.parse(all.toString("utf8")), fields: undefined }),
    streamOptions,
  });
};

const readForm = async (boundary: string, incoming: IncomingBody): Promise<ReadBody> => {
  const reader = formModels(boundary);
  const bytes = await incoming.whole(MAX_BUFFERED_BYTES, reader.feed);
  const models = reader.finish(bytes);
  const textBytes = reader.textBytes();
  return new BufferedBody(incoming, bytes, {
    ...{ ...nothingNamed, ...models },
    mediaType: formType(boundary),
    output: outputLimitOfForm((name) => reader.field(bytes, name)),
    isTooLargeToParse: textBytes > parsable.bytes,
    parsingBytes: parsingCost(textBytes, 0),
    parse: (all) => ({ json: undefined, fields: reader.fields(all) }),
    streamOptions: undefined,
  });
};

const readUpload = async (type: MediaType | undefined, incoming: IncomingBody): Promise<ReadBody> => {
  const mediaType = type?.essence === "multipart/form-data" ? formType(boundaryOf(type)) : type?.essence;
  const isBuffered =
    incoming.isSigned || (incoming.length ?? Number.POSITIVE_INFINITY) <= MAX_BUFFERED_UPLOAD_BYTES;
  if (!isBuffered) return streamed(mediaType, incoming);
  return new BufferedBody(incoming, await incoming.whole(MAX_BUFFERED_BYTES), {
    ...nothingNamed,
    mediaType,
    isTooLargeToParse: false,
    parsingBytes: 0,
    parse: () => noContent,
    streamOptions: undefined,
  });
};

const nothingNamed = { model: undefined, others: [], tags: [], output: noOutputLimit };
const noContent: RequestContent = { json: undefined, fields: undefined };

const streamed = (mediaType: string | undefined, incoming: IncomingBody): ReadBody => ({
  ...nothingNamed,
  body: { kind: "streaming", bytes: incoming.passing(), begun: false, broken: false },
  mediaType,
  isTooLargeToParse: false,
  withContent: (read) => read(noContent),
  askForUsage: () => false,
  release: () => {},
});

interface BodyFacts extends Models, Pick<ReadBody, "mediaType" | "output" | "isTooLargeToParse" | "tags"> {
  /** Memory that the parsed content takes. */
  parsingBytes: number;
  parse(bytes: Buffer): RequestContent;
  streamOptions: StreamOptions | undefined;
}

const nothing = Buffer.alloc(0);

// Nothing but `body` may hold the bytes, or they would stay in memory for as long as the answer takes.
class BufferedBody implements ReadBody {
  readonly body: { kind: "buffered"; bytes: Buffer };
  readonly model: string | undefined;
  readonly others: readonly string[];
  readonly tags: readonly string[];
  readonly output: OutputLimit;
  readonly mediaType: string | undefined;
  readonly isTooLargeToParse: boolean;
  readonly #incoming: IncomingBody;
  readonly #facts: BodyFacts;

  constructor(incoming: IncomingBody, bytes: Buffer, facts: BodyFacts) {
    this.body = { kind: "buffered", bytes };
    this.model = facts.model;
    this.others = facts.others;
    this.tags = facts.tags;
    this.output = facts.output;
    this.mediaType = facts.mediaType;
    this.isTooLargeToParse = facts.isTooLargeToParse;
    this.#incoming = incoming;
    this.#facts = facts;
  }

  withContent<Made>(read: (content: RequestContent) => Made): Made {
    const { parsingBytes, parse } = this.#facts;
    this.#incoming.charge(parsingBytes);
    try {
      return read(parse(this.body.bytes));
    } finally {
      this.#incoming.discharge(parsingBytes);
    }
  }

  askForUsage(): boolean {
    const asking = this.#facts.streamOptions?.asking(this.body.bytes);
    if (asking) this.body.bytes = asking;
    return asking !== undefined;
  }

  release(): void {
    this.body.bytes = nothing;
    this.#incoming.release();
  }
}
