// Takes a caller's body in: read whole where it names a model or may be sent again, else only passed on.
import { Failure } from "../failure.ts";
import type { RelayBody } from "../upstream/relaying.ts";
import { modelInForm, modelInJson } from "./model.ts";
import { namesNoModel } from "./paths.ts";
import type { FormField } from "./texts.ts";

/** A body as it stands at the door, unread. */
export interface UnreadBody {
  contentType: string;
  /** Bytes; undefined where only the end will tell. */
  length: number | undefined;
  /** Whether its sender's signature covers all of it, so that none may leave before the end. */
  isSigned: boolean;
  /** Reads all of it. Throws `request-too-large` beyond `maxBytes`, or what the door finds wrong with it. */
  whole(maxBytes: number): Promise<Buffer>;
  /** Reads it as it comes, no faster than it is taken. */
  passing(): AsyncIterable<Uint8Array>;
}

export interface Intake {
  body: RelayBody;
  model: string | undefined;
  /** The JSON, where it is that. */
  json: unknown;
  /** The fields, where it is a form that is read. */
  fields: readonly FormField[] | undefined;
}

/** Images and sounds come inside JSON; OpenAI itself takes no more of them than this. */
const MAX_WHOLE_BYTES = 50 * 1024 * 1024;
/** An upload of this size is kept, so that it can be sent again. */
const MAX_KEPT_UPLOAD_BYTES = 1024 * 1024;

/** Throws `media-type-unsupported` for what a model cannot be read from, `request-malformed` or `request-too-large`. */
export const takeIn = async (path: string, unread: UnreadBody): Promise<Intake> => {
  const type = unread.contentType.split(";", 1)[0]?.trim().toLowerCase();
  if (type === "application/json") {
    const bytes = await unread.whole(MAX_WHOLE_BYTES);
    const { value, model } = modelInJson(bytes);
    return { body: { kind: "kept", bytes }, model, json: value, fields: undefined };
  }
  if (namesNoModel(path)) {
    const isSmall = unread.isSigned || (unread.length ?? Number.POSITIVE_INFINITY) <= MAX_KEPT_UPLOAD_BYTES;
    const body: RelayBody = isSmall
      ? { kind: "kept", bytes: await unread.whole(MAX_WHOLE_BYTES) }
      : { kind: "passing", bytes: unread.passing(), begun: false, broken: false };
    return { body, model: undefined, json: undefined, fields: undefined };
  }
  if (type === "multipart/form-data") {
    const bytes = await unread.whole(MAX_WHOLE_BYTES);
    const { model, fields } = await modelInForm(bytes, unread.contentType);
    return { body: { kind: "kept", bytes }, model, json: undefined, fields };
  }
  throw new Failure("media-type-unsupported", "Send application/json, or multipart/form-data.");
};
