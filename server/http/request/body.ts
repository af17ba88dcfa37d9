// Reads a request's body whole, within its route's limit.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import { readMediaType } from "../../forms/media-type.ts";
import { type JsonObject, jsonObjectReader } from "../../json/object.ts";
import type { IncomingBody } from "../../relay/request-body.ts";
import type { BodyMemory } from "./body-memory.ts";
import { requestBody, tooLarge } from "./request-body.ts";

/** A body that is read whole, and how long it may be. */
export interface LimitedBody {
  body: IncomingBody;
  maxBytes: number;
}

/**
 * The request's body; undefined where it has none. Throws `request-too-large` before any of it is read; a client that waits
 * for `100 Continue` has not sent it then.
 */
export const limitedBody = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  caller: Pick<Caller, "id" | "kind">,
  memory: BodyMemory,
  maxBytes: number,
): LimitedBody | undefined => {
  if (incoming.method === "GET") return undefined;
  const body = requestBody(incoming, outgoing, caller, memory);
  if ((body?.length ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return body && { body, maxBytes };
};

/** The JSON object in the body; no body is an empty object. Throws `media-type-unsupported` or `request-malformed`. */
export const readJsonBody = async (limited: LimitedBody | undefined): Promise<JsonObject> => {
  const reader = jsonObjectReader();
  if (!limited) return reader.finish(Buffer.alloc(0));
  const { body, maxBytes } = limited;
  // Only this type makes a browser ask first (CORS), so no foreign page can send one blindly.
  const isJson = readMediaType(body.contentType)?.essence === "application/json";
  const refuse = (): never => {
    throw new Failure("media-type-unsupported");
  };
  // Without a length, only the end tells whether there is a body at all.
  if (!isJson && body.length !== undefined) refuse();
  const bytes = await body.whole(maxBytes, isJson ? reader.feed : refuse);
  body.charge(reader.cost(bytes));
  return reader.finish(bytes);
};

/** The body's bytes. Throws `credentials-rejected` where they are not those that were signed. */
export const readBytes = async (
  limited: LimitedBody | undefined,
  look?: (bytes: Buffer, end: number) => void,
): Promise<Buffer> => (limited ? limited.body.whole(limited.maxBytes, look) : Buffer.alloc(0));
