// Refuses what never becomes a request of the app, such as bytes that are not HTTP, with the same problem+json as everywhere.
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { RequestError } from "@hono/node-server";
import { Failure, type FailureCode } from "../../failures/failure.ts";
import { asFailure, problemOf } from "../response/problem.ts";
import { securityHeaders } from "../response/security-headers.ts";

/** By the code of Node's error. */
const failureCodes: Record<string, FailureCode> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-too-slow",
};

/** How long the peer has to read the refusal. */
const LINGER_MS = 5000;

export interface RawRefusals {
  /**
   * Refuses what Node's parser rejects, and requests that arrive too slowly, on the socket itself. `response` is what the
   * socket is sending or waits for: if its head was sent, a refusal would be read as a part of it, so the connection ends.
   */
  onSocket(
    error: NodeJS.ErrnoException,
    socket: Socket,
    response: Pick<ServerResponse, "headersSent"> | undefined,
  ): void;
  /** Answers a request whose address cannot be parsed: no `Host`, an invalid one, a backslash in the path. */
  onRequest(error: unknown): Response;
}

/** These refusals have ids too, though no log line. */
export const rawRefusals = (newRequestId: () => string, basePath: string): RawRefusals => {
  const render = (failure: Failure): { body: string; headers: Record<string, string> } => ({
    body: JSON.stringify(problemOf(failure, newRequestId(), basePath)),
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      connection: "close",
    },
  });
  return {
    onSocket: (error, socket, response) => {
      if (!socket.writable || response?.headersSent) {
        socket.destroy();
        return;
      }
      const failure = new Failure(failureCodes[error.code ?? ""] ?? "request-malformed");
      const { body, headers } = render(failure);
      const fields = { ...headers, "content-length": Buffer.byteLength(body), ...securityHeaders };
      const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
      // The peer may leave its half of the connection open; the time-out then closes both.
      socket.setTimeout(LINGER_MS);
      socket.end(`HTTP/1.1 ${failure.status} Refused\r\n${lines.join("")}\r\n${body}`);
    },
    onRequest: (error) => {
      const failure = error instanceof RequestError ? new Failure("request-malformed") : asFailure(error);
      const { body, headers } = render(failure);
      return new Response(body, { status: failure.status, headers });
    },
  };
};
