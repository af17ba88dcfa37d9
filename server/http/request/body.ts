// Reads a request's JSON body within limits.
import { Failure } from "../../failures/failure.ts";
import { readMediaType } from "../../forms/media-type.ts";
import { type JsonObject, jsonObjectReader } from "../../json/object.ts";
import { type BrokerContext, header, type Middleware } from "../context.ts";
import type { BodyMemory } from "./body-memory.ts";
import { incomingBody, tooLarge } from "./request-body.ts";

/** Refuses a longer body before it is read, and where the caller asked first, before it is sent. GET has none. */
export const limitBody = (maxBytes: number, memory: BodyMemory): Middleware =>
  async function limitBody(c, next) {
    if (c.req.method !== "GET") {
      const unread = incomingBody(c, memory);
      if ((unread?.length ?? 0) > maxBytes) throw tooLarge(maxBytes);
      c.set("body", unread && { unread, maxBytes });
    }
    await next();
  };

/** The JSON object in the body; no body is an empty object. Throws `media-type-unsupported` or `request-malformed`. */
export const readBody = async (c: BrokerContext): Promise<JsonObject> => {
  const body = c.get("body");
  const reader = jsonObjectReader();
  if (!body) return reader.finish(Buffer.alloc(0));
  // Only this type makes a browser ask first (CORS), so no foreign page can send one blindly.
  const isJson = readMediaType(header(c, "content-type") ?? "")?.essence === "application/json";
  const refuse = (): never => {
    throw new Failure("media-type-unsupported");
  };
  // Without a length, only the end tells whether there is a body at all.
  if (!isJson && body.unread.length !== undefined) refuse();
  const bytes = await body.unread.whole(body.maxBytes, isJson ? reader.feed : refuse);
  body.unread.charge(reader.cost(bytes));
  return reader.finish(bytes);
};

/** The body as it came. Throws `credentials-rejected` where it is not the one that was signed. */
export const readBytes = async (
  c: BrokerContext,
  look?: (bytes: Buffer, end: number) => void,
): Promise<Buffer> => {
  const body = c.get("body");
  return body ? body.unread.whole(body.maxBytes, look) : Buffer.alloc(0);
};
