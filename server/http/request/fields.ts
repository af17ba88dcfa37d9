// What a request's head says, as Node parsed it: no web `Request` is built for it.
import type { IncomingMessage } from "node:http";

/** A header field by its name in small letters; one that was given several times is joined by commas. */
export const fieldOf = ({ headers }: Pick<IncomingMessage, "headers">, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
};

/** The query string as it was sent, without its question mark. */
export const queryOf = ({ url = "" }: Pick<IncomingMessage, "url">): string => {
  const mark = url.indexOf("?");
  return mark === -1 ? "" : url.slice(mark + 1);
};
