// Parses the header of one part of a form: the field's name, and whether it is a file.
import { Failure } from "../failures/failure.ts";
import { readMediaType } from "./media-type.ts";

export interface PartHead {
  name: string;
  isFile: boolean;
  /** Its media type in small letters; undefined where none is stated. */
  type: string | undefined;
  /** Bytes, where they are stated. */
  length: number | undefined;
}

const FIELD = /^([A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
/** The names in OpenAI's forms, such as `image[]` and `expires_after[anchor]`. */
const NAME = /^[\w.-]{1,128}(?:\[[\w.-]{0,64}\]){0,4}$/;
/** A backslash before a quote would end the string for some parsers only. */
const PARAMETER =
  /;[ \t]*(name|filename|filename\*)=(?:"((?:[^"\\]|\\(?!"))*)"|([\w!#$%&'*+.^`|~-]+))[ \t]*(?=;|$)/iy;
/** Transfer encodings that leave the content as it is. */
const PLAIN = /^(?:7bit|8bit|binary)$/i;

/**
 * Throws `request-malformed` for what parsers read differently: unknown fields, repeated fields and parameters, escaped
 * quotes, encoded names, and charsets other than UTF-8.
 */
export const readPartHead = (text: string): PartHead => {
  const fields = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const [, name = "", value = ""] = FIELD.exec(line) ?? [];
    if (name === "" || fields.has(name.toLowerCase())) throw unclear();
    fields.set(name.toLowerCase(), value.trimEnd());
  }
  const { "content-disposition": disposition = "", ...others } = Object.fromEntries(fields);
  const {
    "content-type": type,
    "content-transfer-encoding": encoding,
    "content-length": length,
    ...unknown
  } = others;
  if (Object.keys(unknown).length > 0 || (encoding !== undefined && !PLAIN.test(encoding))) throw unclear();
  return {
    ...readDisposition(disposition),
    type: type === undefined ? undefined : essenceOf(type),
    length: length === undefined ? undefined : lengthOf(length),
  };
};

const readDisposition = (value: string): Pick<PartHead, "isFile" | "name"> => {
  const [start] = /^form-data[ \t]*(?=;)/i.exec(value) ?? [];
  if (start === undefined) throw unclear();
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = start.length;
  for (let at = start.length; at < value.length; at = PARAMETER.lastIndex) {
    const [, key = "", quoted, token] = PARAMETER.exec(value) ?? [];
    if (key === "" || parameters.has(key.toLowerCase())) throw unclear();
    parameters.set(key.toLowerCase(), quoted ?? token ?? "");
  }
  const name = parameters.get("name") ?? "";
  // The field `_charset_` would state the charset of all others (RFC 7578, section 4.6).
  if (!NAME.test(name) || name === "_charset_") throw unclear();
  return { name, isFile: parameters.has("filename") || parameters.has("filename*") };
};

const essenceOf = (type: string): string => {
  const read = readMediaType(type);
  if (!read) throw unclear();
  return read.essence;
};

const lengthOf = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw unclear();
  return Number(text);
};

const unclear = (): Failure =>
  new Failure("request-malformed", "The form has a part whose header cannot be read in one way only.");
