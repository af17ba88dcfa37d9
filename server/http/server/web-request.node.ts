// Answers web requests by a server of Node's, over a connection in memory: the same parser, limits and streams as on a network.
import { type IncomingMessage, type Server, request as send } from "node:http";
import type { Socket } from "node:net";
import { type Duplex, duplexPair, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Where a web request came from, which it does not say itself. */
export interface Peer {
  /** The IP address of the connection on which it came. */
  address?: string | undefined;
  /** Node's request, as Hono's server for Node has it in `c.env`: its socket tells the address. */
  incoming?: IncomingMessage | undefined;
}

const WEB_REQUEST = Symbol("web request");
type MemorySocket = Socket & { [WEB_REQUEST]?: Request };

/** The web request that a connection was made for; undefined for a connection of the network. */
export const webRequestOn = (socket: Socket): Request | undefined => (socket as MemorySocket)[WEB_REQUEST];

/** Each request has a connection of its own, so that no request is taken for a part of another. */
export const answerWebRequest = async (
  server: Server,
  request: Request,
  { address, incoming: { socket } = {} as IncomingMessage }: Peer = {},
): Promise<Response> => {
  const [ours, theirs] = duplexPair();
  joinEnds(ours, theirs);
  const remoteAddress = address ?? socket?.remoteAddress ?? "";
  Object.assign(theirs, { remoteAddress, setTimeout: () => theirs, [WEB_REQUEST]: request });
  server.emit("connection", theirs);
  const { pathname, search, host } = new URL(request.url);
  const outgoing = send({
    createConnection: () => ours,
    method: request.method,
    path: pathname + search,
    headers: { host, ...headersOf(request), connection: "close" },
    signal: request.signal,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    // A connection that breaks after the answer has begun breaks the answer's body.
    outgoing.on("error", reject);
  });
  if (request.body) pipeline(Readable.fromWeb(request.body as never), outgoing).catch(() => {});
  else outgoing.end();
  return responseOf(await answered, request.method);
};

// Node's pair passes on the end of a direction, but not that one side was destroyed.
const joinEnds = (ours: Duplex, theirs: Duplex): void => {
  ours.once("close", () => theirs.destroy()).on("error", () => {});
  theirs.once("close", () => ours.destroy()).on("error", () => {});
};

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
  const all = [...headers].filter(([name]) => !ofConnection.has(name));
  // A length without a body would make the server wait for one.
  return Object.fromEntries(body ? all : all.filter(([name]) => name !== "content-length"));
};

const responseOf = (incoming: IncomingMessage, method: string): Response => {
  const status = incoming.statusCode ?? 500;
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    const name = incoming.rawHeaders[at] ?? "";
    if (!ofConnection.has(name.toLowerCase())) headers.append(name, incoming.rawHeaders[at + 1] ?? "");
  }
  if (method === "HEAD" || status === 204 || status === 304) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(incoming) as ReadableStream, { status, headers });
};
