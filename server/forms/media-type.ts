// Parses Content-Type fields strictly: a field that two parsers could read differently is refused.

export interface MediaType {
  /** Such as `application/json`, in small letters. */
  essence: string;
  /** By name in small letters. */
  parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const TYPE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})[ \\t]*(?=;|$)`);
const PARAMETER = new RegExp(`;[ \\t]*(${TOKEN})=(?:(${TOKEN})|"([^"\\\\]*)")[ \\t]*(?=;|$)`, "y");
const MAX_LENGTH = 512;
const json: MediaType = { essence: "application/json", parameters: new Map() };

/** Undefined for an invalid media type, a repeated parameter, or a charset other than UTF-8. */
export const readMediaType = (field: string): MediaType | undefined => {
  if (field === json.essence) return json;
  if (field.length > MAX_LENGTH) return undefined;
  const text = field.replace(/;[ \t]*$/, "");
  const [start, type] = TYPE.exec(text) ?? [];
  if (start === undefined || type === undefined) return undefined;
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = start.length;
  for (let at = start.length; at < text.length; at = PARAMETER.lastIndex) {
    const [, name = "", token, quoted] = PARAMETER.exec(text) ?? [];
    if (name === "" || parameters.has(name.toLowerCase())) return undefined;
    parameters.set(name.toLowerCase(), token ?? quoted ?? "");
  }
  const charset = parameters.get("charset");
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) return undefined;
  return { essence: type.toLowerCase(), parameters };
};
