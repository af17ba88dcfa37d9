// Failures on request: the next requests to a path are answered as a test wants.
import { z } from "zod";

export const faultRequest = z.strictObject({
  /** The path that fails, as `/v1/realtime/client_secrets`; `*` at the end stands for anything. */
  path: z.string().startsWith("/"),
  method: z.string().optional(),
  /** Without `status` and `body` the real answer is given, as slow or broken as the rest says. */
  status: z.number().int().min(200).max(599).optional(),
  /** A string is sent as it is, anything else as JSON. */
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  delay_ms: z.number().int().min(0).max(60_000).optional(),
  /** The connection is cut after so many bytes of the body. */
  cut_after_bytes: z.number().int().min(0).optional(),
  /** The body comes slowly, ten times a second. */
  bytes_per_second: z.number().int().min(10).optional(),
  /** What the answer says of its length, whatever it is. */
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

  /** The fault that this request meets, which is then used up by one. */
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
  return fault.path.endsWith("*") ? path.startsWith(fault.path.slice(0, -1)) : path === fault.path;
};

/** What the client gets to see of a fault; nothing when the fault only delays. */
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
