// Answers web requests by a server of Node's, over a connection in memory: the same parser, limits and streams as on a network.
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, type Server, request as send } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { connectInMemory } from "./memory-connection.node.ts";

/** Where a web request came from, which it does not say itself. */
export interface Peer {
  /** The IP address of the connection on which it came. */
  address?: string | undefined;
  /** Node's request, as Hono's server for Node has it in `c.env`: its socket tells the address. */
  incoming?: IncomingMessage | undefined;
}

const WEB_REQUEST = Symbol("web request");
type ServerEnd = Socket & { [WEB_REQUEST]?: Request };

/** The web request that a connection was made for; undefined for a connection of the network. */
export const webRequestOn = (socket: Socket): Request | undefined => (socket as ServerEnd)[WEB_REQUEST];

/**
 * Each request has a connection of its own, so that no request is taken for a part of another. Rejects with the reason of the
 * request's signal, and where the body was read before or the connection is cut off.
 */
export const answerWebRequest = async (
  server: Server,
  request: Request,
  { address, incoming: { socket } = {} as IncomingMessage }: Peer = {},
): Promise<Response> => {
  const { signal, method, body } = request;
  signal.throwIfAborted();
  if (request.bodyUsed || body?.locked) throw new Error(READ_BEFORE);
  const [ours, theirs] = connectInMemory();
  const { pathname, search, host } = new URL(request.url);
  const outgoing = send({
    createConnection: () => ours,
    ...{ method, path: pathname + search, signal },
    headers: { host, ...headersOf(request), connection: "close" },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    // A connection that breaks after the answer has begun breaks the answer's body.
    outgoing.on("error", (error) => reject(signal.aborted ? signal.reason : error));
  });
  const remoteAddress = address ?? socket?.remoteAddress ?? "";
  server.emit("connection", Object.assign(theirs, { remoteAddress, [WEB_REQUEST]: request }));
  if (body) sendBody(body, lengthOf(request), outgoing).catch((error) => outgoing.destroy(error));
  else outgoing.end();
  const incoming = await answered;
  // What is left of the request's body then is wanted no more.
  incoming.once("close", () => outgoing.destroy());
  return responseOf(incoming, method);
};

const lengthOf = ({ headers }: Request): number | undefined => {
  const length = headers.get("content-length");
  return length === null ? undefined : Number(length);
};

// A body that has come whole is left alone: frameworks that end their stream a moment later fail where it was cancelled by then.
const sendBody = async (
  body: ReadableStream<Uint8Array>,
  length: number | undefined,
  outgoing: ClientRequest,
): Promise<void> => {
  const reader = body.getReader();
  let left = length ?? Number.POSITIVE_INFINITY;
  const closed = new Promise<void>((resolve) => outgoing.once("close", resolve));
  const cancelRest = () => (left > 0 ? reader.cancel() : undefined);
  closed.then(cancelRest).catch(() => {});
  while (left > 0) {
    const { done, value } = await reader.read();
    if (done) break;
    left -= value.byteLength;
    if (!outgoing.write(value)) await Promise.race([once(outgoing, "drain"), closed]);
  }
  outgoing.end();
};

const READ_BEFORE = "the application has read the body: hand the request over before anything reads it";

/** Fields that are about one connection. */
const ofConnection = new Set([
  ...[
    "connection",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ],
]);

const headersOf = ({ headers, body }: Request): Record<string, string> => {
  const all = Object.fromEntries([...headers].filter(([name]) => !ofConnection.has(name)));
  const { "content-length": length, ...others } = all;
  // A length without a body would make the server wait for one; a body of DELETE without either would be taken for a second request.
  if (!body) return others;
  return length === undefined ? { ...others, "transfer-encoding": "chunked" } : all;
};

const responseOf = (incoming: IncomingMessage, method: string): Response => {
  const status = incoming.statusCode ?? 500;
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    const name = incoming.rawHeaders[at] ?? "";
    if (!ofConnection.has(name.toLowerCase())) headers.append(name, incoming.rawHeaders[at + 1] ?? "");
  }
  if (method === "HEAD" || status === 204 || status === 205 || status === 304) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(incoming) as ReadableStream, { status, headers });
};
