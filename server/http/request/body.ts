// Reads a request's buffered body, within its route's limit.
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import { readMediaType } from "../../forms/media-type.ts";
import { type JsonObject, JsonObjectReader } from "../../json/object.ts";
import type { IncomingBody } from "../../relay/request-body.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import type { BodyMemory } from "./body-memory.ts";
import { tooLarge } from "./buffer-body.ts";
import { requestBody } from "./request-body.ts";

/** A body that will be buffered, and how long it may be. */
export interface LimitedBody {
  body: IncomingBody;
  maxBytes: number;
}

/** What reading a body may refuse. */
export const bodyFailures = [
  ...(["request-malformed", "request-too-large", "media-type-unsupported", "overloaded"] as const),
];

type Needs = Pick<RequestFacts, "incoming" | "outgoing"> & { caller: Pick<Caller, "id" | "kind"> };

/**
 * Adds the body, which is still to be read; undefined where there is none. A longer one is refused before any of it is read: a
 * client that waits for `100 Continue` then never sends it.
 */
export const limitBody = (maxBytes: number) =>
  step(
    bodyFailures,
    (
      { incoming, outgoing, caller }: Needs,
      { bodyMemory }: { bodyMemory: BodyMemory },
    ): { body: LimitedBody | undefined } => {
      if (incoming.method === "GET") return noBody;
      const body = requestBody(incoming, outgoing, caller, bodyMemory);
      if ((body?.length ?? 0) > maxBytes) throw tooLarge(maxBytes);
      return { body: body && { body, maxBytes } };
    },
  );

const noBody = { body: undefined };

/** The JSON object in the body; no body is an empty object. Throws `media-type-unsupported` or `request-malformed`. */
export const readJsonBody = async (limited: LimitedBody | undefined): Promise<JsonObject> => {
  const reader = new JsonObjectReader();
  if (!limited) return reader.finish(Buffer.alloc(0));
  const { body, maxBytes } = limited;
  // Only this type makes a browser ask first (CORS), so no foreign page can send one blindly.
  const isJson = readMediaType(body.contentType)?.essence === "application/json";
  const refuse = (): never => {
    throw new Failure("media-type-unsupported");
  };
  // A body without a stated length may be empty, which is known only when it has ended.
  if (!isJson && body.length !== undefined) refuse();
  const bytes = await body.whole(maxBytes, isJson ? (all, end) => reader.feed(all, end) : refuse);
  body.charge(reader.cost(bytes));
  return reader.finish(bytes);
};

/**
 * The body's bytes; none where there is no body. `onBytes` is called while they arrive, with a buffer whose first `end` bytes
 * are there. Throws `request-too-large`, `overloaded`, what `onBytes` throws, or `credentials-rejected` where the bytes are not
 * those that were signed.
 */
export const readBytes = async (
  limited: LimitedBody | undefined,
  onBytes?: (bytes: Buffer, end: number) => void,
): Promise<Buffer> => (limited ? limited.body.whole(limited.maxBytes, onBytes) : Buffer.alloc(0));
