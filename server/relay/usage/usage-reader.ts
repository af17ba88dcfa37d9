// Reads what an answer says that it used while its bytes pass, whatever its size: from JSON, or from a stream's events.

import { isJsonRecord } from "../../json/record.ts";
import { isEventStream } from "../../upstream/response-headers.ts";
import type { ToldUsage } from "../../usage/usage.ts";
import { EventDataReader } from "./event-data.ts";
import { FieldReader } from "./field-reader.ts";

export interface UsageReader {
  read(bytes: Buffer): void;
  /** What has been told so far. */
  told(): ToldUsage;
}

// Chats, embeddings, images and sounds have these at the top; events of responses, in `response`.
const fields = {
  names: new Set(["model", "service_tier", "usage", "background", "id"]),
  longest: "service_tier".length,
  wrapper: "response",
};

/** For an answer with these header fields; undefined where it is neither JSON nor events, or is compressed. */
export const usageReader = (headers: Readonly<Record<string, string>>): UsageReader | undefined => {
  // Asked for as it is (`accept-encoding: identity`): an answer that comes compressed all the same passes unread.
  if ((headers["content-encoding"] ?? "identity") !== "identity") return undefined;
  if (/^application\/json\b/i.test(headers["content-type"] ?? "")) return new JsonUsageReader();
  return isEventStream(headers) ? new EventUsageReader() : undefined;
};

class JsonUsageReader implements UsageReader {
  readonly #fields = new FieldReader(fields);

  read(bytes: Buffer): void {
    this.#fields.read(bytes, 0, bytes.length);
  }

  told(): ToldUsage {
    return toldBy(this.#fields.values);
  }
}

/** The last event with usage tells it. */
class EventUsageReader implements UsageReader {
  readonly #fields = new FieldReader(fields);
  readonly #events = new EventDataReader(this);
  #told: ToldUsage = nothing;

  read(bytes: Buffer): void {
    if (!(this.#events.isBetweenEvents && endsEvent(bytes)) || mayTellUsage(bytes)) this.#events.read(bytes);
  }

  onData(bytes: Buffer, start: number, end: number): void {
    this.#fields.read(bytes, start, end);
  }

  onEventEnd(): void {
    if (isJsonRecord(this.#fields.values.get("usage"))) this.#told = toldBy(this.#fields.values);
    this.#fields.reset();
  }

  told(): ToldUsage {
    return this.#told;
  }
}

const endsEvent = (bytes: Buffer): boolean =>
  bytes[bytes.length - 1] === LINE_FEED && bytes[bytes.length - 2] === LINE_FEED;

const LINE_FEED = 0x0a;

// Whole events without a usage object need not be read, and that is nearly all. Most have `"usage":null`: one search in a text
// costs a quarter of a search in the bytes for each of them.
const mayTellUsage = (bytes: Buffer): boolean => /"usage"[\s:]*\{/.test(bytes.toString("latin1"));

const nothing: ToldUsage = { usage: undefined, answeredModel: undefined, serviceTier: undefined };

const toldBy = (values: ReadonlyMap<string, unknown>): ToldUsage => {
  const usage = values.get("usage");
  return {
    usage: isJsonRecord(usage) ? usage : undefined,
    answeredModel: textOf(values.get("model")),
    serviceTier: textOf(values.get("service_tier")),
    ...(values.get("background") === true && { backgroundId: textOf(values.get("id"))?.slice(0, 200) }),
  };
};

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
