// Reads Content-Type fields in one way only: what two readers could take for two things is not read at all.

export interface MediaType {
  /** Such as `application/json`, in small letters. */
  essence: string;
  /** By name in small letters. */
  parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const TYPE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})[ \\t]*(?=;|$)`);
const PARAMETER = new RegExp(`;[ \\t]*(${TOKEN})=(?:(${TOKEN})|"([^"\\\\]*)")[ \\t]*(?=;|$)`, "y");
const LONGEST = 512;
const json: MediaType = { essence: "application/json", parameters: new Map() };

/** Undefined for what is no media type, gives a parameter twice, or names another charset than UTF-8. */
export const readMediaType = (field: string): MediaType | undefined => {
  if (field === json.essence) return json;
  if (field.length > LONGEST) return undefined;
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
