// What never becomes a request is refused in the words of every refusal.
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { RequestError } from "@hono/node-server";
import { Failure, type FailureCode } from "../../failures/failure.ts";
import { asFailure, problemOf } from "../response/problem.ts";
import { securityHeaders } from "../response/security-headers.ts";

const rawFailures: Record<string, FailureCode> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-too-slow",
};

/** For the peer to take the refusal in. */
const LINGER_MS = 5000;

export interface RawRefusals {
  /** Refuses on the socket what Node cannot parse, or has waited for in vain. */
  onSocket(error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: ServerResponse }): void;
  /** Answers what has no address that could be one: no `Host`, a strange one, a path with a backslash. */
  onRequest(error: unknown): Response;
}

/** These refusals have ids too, though no log line. */
export const rawRefusals = (newRequestId: () => string): RawRefusals => {
  const render = (failure: Failure): { body: string; headers: Record<string, string> } => ({
    body: JSON.stringify(problemOf(failure, newRequestId())),
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      connection: "close",
    },
  });
  return {
    onSocket: (error, socket) => {
      if (!socket.writable || socket._httpMessage?.headersSent) {
        socket.destroy();
        return;
      }
      const failure = new Failure(rawFailures[error.code ?? ""] ?? "request-malformed");
      const { body, headers } = render(failure);
      const fields = { ...headers, "content-length": Buffer.byteLength(body), ...securityHeaders };
      const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
      // The peer need not close its half; then this closes both.
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
