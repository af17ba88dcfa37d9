// Reads a request's JSON body within limits.
import { bodyLimit } from "hono/body-limit";
import { Failure } from "../failure.ts";
import { fitsDigest } from "./content-digest.ts";
import { type BrokerContext, type Door, header } from "./context.ts";
import { type JsonObject, readJsonObject } from "./json-object.ts";

/** Refuses a longer body before it is read, and where the caller asked first, before it is sent. GET has none. */
export const limitBody = (maxSize: number): Door => {
  const refuse = (): never => {
    // What is left of the body stands on this connection, in the way of the next request.
    const headers = { connection: "close" };
    throw new Failure("request-too-large", `The body may have ${maxSize} bytes.`, { headers });
  };
  const limit = bodyLimit({ maxSize, onError: refuse });
  return async function limitBody(c, next) {
    if (c.req.method === "GET") return next();
    if (Number(header(c, "content-length") ?? 0) > maxSize) refuse();
    if (header(c, "expect") !== undefined) c.env.outgoing.writeContinue();
    return limit(c as Parameters<typeof limit>[0], next);
  };
};

/** The JSON object in the body; no body is an empty object. Throws `media-type-unsupported` or `request-malformed`. */
export const readBody = async (c: BrokerContext): Promise<JsonObject> => {
  const bytes = await readBytes(c);
  const type = header(c, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  // Only this type makes a browser ask first (CORS), so no foreign page can send one blindly.
  if (bytes.length > 0 && type !== "application/json") throw new Failure("media-type-unsupported");
  return readJsonObject(bytes);
};

/** The body as it came. Throws `credentials-rejected` where it is not the one that was signed. */
export const readBytes = async (c: BrokerContext): Promise<Uint8Array<ArrayBuffer>> => {
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  if (c.get("caller").kind === "signer" && bytes.length > 0) checkDigest(c, bytes);
  return bytes;
};

/** A signature covers the digest of the body, and the body is what was signed only if it fits. */
export const checkDigest = (c: BrokerContext, bytes: Uint8Array): void => {
  if (fitsDigest(header(c, "content-digest"), bytes)) return;
  const cause = new Error("the body does not fit its Content-Digest");
  throw new Failure("credentials-rejected", undefined, { cause });
};
