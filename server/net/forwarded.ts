// Parses X-Forwarded-For and Forwarded (RFC 7239) from the right, as each hop was written by the proxy after it.

export type ForwardedHeader = "x-forwarded-for" | "forwarded";

/** Takes the last hop off a header's value: `node` is the peer that it names, `rest` what stands before it. */
export const lastHop = (
  value: string,
  header: ForwardedHeader,
): { node: string | undefined; rest: string } => {
  const comma = header === "forwarded" ? lastComma(value) : value.lastIndexOf(",");
  const element = value.slice(comma + 1).trim();
  const node = header === "forwarded" ? parameter(element, "for") : element;
  return { node: node && withoutPort(node), rest: comma === -1 ? "" : value.slice(0, comma) };
};

/** The scheme by which the client reached the last proxy, as that proxy wrote it; may be any text. */
export const lastScheme = (value: string, header: ForwardedHeader): string | undefined => {
  if (header === "x-forwarded-for") return value.slice(value.lastIndexOf(",") + 1).trim();
  return parameter(value.slice(lastComma(value) + 1).trim(), "proto");
};

// Quotes are counted from the right as well: a quote that the client left open stands left of all that proxies added.
const lastComma = (value: string): number => {
  let quoted = false;
  for (let at = value.length - 1; at >= 0; at -= 1) {
    if (value[at] === '"') quoted = !quoted;
    else if (value[at] === "," && !quoted) return at;
  }
  return -1;
};

// No backslash: with escapes, a quote from the client that a proxy has escaped could look like the end of the text.
const PAIR = String.raw`([\w-]+)=(?:"([^"\\]*)"|([^\s",;\\]+))`;
const ELEMENT = new RegExp(`^${PAIR}(?:\\s*;\\s*${PAIR})*$`);

const parameter = (element: string, name: string): string | undefined => {
  if (!ELEMENT.test(element)) return undefined;
  const pairs = [...element.matchAll(new RegExp(PAIR, "g"))];
  const found = pairs.filter(([, key = ""]) => key.toLowerCase() === name);
  return found.length === 1 ? (found[0]?.[2] ?? found[0]?.[3]) : undefined;
};

const withoutPort = (node: string): string => {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/.exec(node) ?? [];
  return bracketed ?? plain ?? node;
};
