// Faults on request: the next requests to a path are answered as a test asked.
import { z } from "zod";

export const faultRequest = z.strictObject({
  /** The path, such as `/v1/realtime/client_secrets`, with its query where it has a `?`; a `*` at its end matches anything. */
  path: z.string().startsWith("/"),
  method: z.string().optional(),
  /** Without `status` and `body` the real response is sent, with the delays and breaks of the other fields. */
  status: z.number().int().min(200).max(599).optional(),
  /** A string is sent unchanged, anything else as JSON. */
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  delay_ms: z.number().int().min(0).max(60_000).optional(),
  /** Waits after the request has taken effect, before its answer. */
  answer_delay_ms: z.number().int().min(0).max(600_000).optional(),
  /** Breaks the connection in place of the answer, after the request has taken effect. */
  lose_answer: z.literal(true).optional(),
  /** Cuts the connection after that many bytes of the body. */
  cut_after_bytes: z.number().int().min(0).optional(),
  /** Sends the body in small parts, ten times a second. */
  bytes_per_second: z.number().int().min(10).optional(),
  /** A `Content-Length` that need not be true. */
  content_length: z.number().int().min(0).optional(),
  times: z.number().int().min(1).default(1),
});

export type Fault = z.infer<typeof faultRequest>;

export class Faults {
  #waiting: Fault[] = [];

  add(fault: Fault): void {
    this.#waiting.push(fault);
  }

  clear(): void {
    this.#waiting = [];
  }

  get waiting(): readonly Fault[] {
    return this.#waiting;
  }

  /** The fault for this request, whose remaining count it lowers by one. `path` has the query in it. */
  take(method: string, path: string): Fault | undefined {
    const fault = this.#waiting.find((candidate) => matches(candidate, method, path));
    if (!fault) return undefined;
    fault.times -= 1;
    this.#waiting = this.#waiting.filter(({ times }) => times > 0);
    return fault;
  }
}

const matches = (fault: Fault, method: string, path: string): boolean => {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  const compared = fault.path.includes("?") ? path : path.replace(/\?.*/, "");
  return fault.path.endsWith("*") ? compared.startsWith(fault.path.slice(0, -1)) : compared === fault.path;
};

/** The response of a fault; undefined where the fault only delays. */
export const answerOf = (fault: Fault): Response | undefined => {
  if (fault.status === undefined && fault.body === undefined) return undefined;
  const status = fault.status ?? 200;
  const body = fault.body ?? { error: defaultError(status) };
  const isText = typeof body === "string";
  const type = isText ? (body.trimStart().startsWith("<") ? "text/html" : "text/plain") : "application/json";
  const bodyless = status === 204 || status === 304;
  return new Response(bodyless ? null : isText ? body : JSON.stringify(body), {
    status,
    headers: { "content-type": type, ...fault.headers },
  });
};

const defaultError = (status: number) => ({
  message: status === 429 ? "Rate limit reached." : `Emulated failure with status ${status}.`,
  type: status === 429 ? "requests" : status < 500 ? "invalid_request_error" : "server_error",
  code: { 401: "invalid_api_key", 429: "rate_limit_exceeded" }[status] ?? null,
  param: null,
});
