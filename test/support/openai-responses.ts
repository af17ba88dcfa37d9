// What a server of a test's own answers in OpenAI's place.
import type { ServerResponse } from "node:http";

/** Answers with JSON. */
export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };

/** Answers with an error in OpenAI's shape. */
export const refusal = (status: number, error: object, headers?: Record<string, string>) =>
  json(
    { error: { message: "no", type: "invalid_request_error", param: null, code: null, ...error } },
    status,
    headers,
  );
