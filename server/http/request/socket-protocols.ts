// WebSocket subprotocols. A browser sets no header when it opens a WebSocket, so OpenAI's clients put the key here.
const KEY_PROTOCOL = "openai-insecure-api-key.";

/** The entries of `Sec-WebSocket-Protocol`. */
export const protocolsOf = (field: string | undefined): string[] =>
  (field ?? "")
    .split(",")
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== "");

/** The token among the entries; undefined where there is none. */
export const tokenAmong = (field: string | undefined): string | undefined =>
  protocolsOf(field)
    .find((protocol) => protocol.startsWith(KEY_PROTOCOL))
    ?.slice(KEY_PROTOCOL.length);
