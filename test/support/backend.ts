// The service behind an HTTP tool: a plain server on loopback that remembers what it was asked.
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { serve, type TestServer } from "./server.ts";

export interface Received {
  method: string | undefined;
  /** The request target exactly as it came over the wire. */
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Backend extends TestServer {
  requests: Received[];
}

/** Starts one on a free port; `answer` is called when the whole request is there. Use with `await using`. */
export const startBackend = async (
  answer: (response: ServerResponse, received: Received) => unknown,
): Promise<Backend> => {
  const requests: Received[] = [];
  const server = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const received = { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
    requests.push(received);
    await answer(response, received);
  });
  return { ...server, requests };
};

/** Answers with JSON. */
export const sendJson = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
};
