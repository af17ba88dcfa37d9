// A fetch for the OpenAI SDK over one undici pool per origin, so that connections are reused under load.
import { Agent, type Dispatcher } from "undici";

export interface PooledFetch {
  fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

/** The part of a `Response` that the SDK reads. */
type ReadResponse = Pick<Response, "status" | "ok" | "headers" | "url" | "body" | "text" | "json">;

// What the SDK and our own error report look at; the others would only be copied.
const headersRead = ["content-type", "content-length", "x-request-id", "retry-after", "x-should-retry"];

/** Sends only what the SDK sends: a URL, plain headers, and a text body or none. */
export const pooledFetch = (options: { connections: number; connectTimeoutMs: number }): PooledFetch => {
  const agent = new Agent({
    connections: options.connections,
    keepAliveTimeout: 30_000,
    maxResponseSize: 1024 * 1024,
    connect: { timeout: options.connectTimeoutMs },
  });
  return {
    fetch: async (input, init = {}) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const request: Dispatcher.DispatchOptions = {
        origin: url.origin,
        path: url.pathname + url.search,
        method: (init.method ?? "GET") as "GET" | "POST",
        headers: [...(init.headers instanceof Headers ? init.headers : new Headers(init.headers))].flat(),
        body: typeof init.body === "string" ? init.body : null,
      };
      return (await exchange(agent, request, url.href, init.signal ?? undefined)) as Response;
    },
    close: () => agent.close(),
  };
};

// A real Response wraps the text into a stream that is read back at once, and undici's request() does the same before:
// together they cost as much as sending the request.
const exchange = (
  agent: Agent,
  request: Dispatcher.DispatchOptions,
  url: string,
  signal: AbortSignal | undefined,
): Promise<ReadResponse> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let headers = new Headers();
    let abort = () => reject(signal?.reason);
    const onAbort = () => abort();
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", onAbort, { once: true });
    const settle = () => signal?.removeEventListener("abort", onAbort);
    agent.dispatch(request, {
      onRequestStart: (controller) => {
        abort = () => controller.abort(signal?.reason);
        // It may have waited for a connection until its caller was gone.
        if (signal?.aborted) abort();
      },
      onResponseStart: (_, statusCode, received) => {
        status = statusCode;
        headers = pick(received);
      },
      onResponseData: (_, chunk) => {
        chunks.push(chunk);
      },
      onResponseEnd: () => {
        settle();
        resolve(readResponse(status, headers, url, Buffer.concat(chunks).toString("utf8")));
      },
      onResponseError: (_, error) => {
        settle();
        reject(error);
      },
    });
  });

const pick = (received: Record<string, string | string[] | undefined>): Headers => {
  const headers = new Headers();
  for (const name of headersRead) {
    const value = received[name];
    if (typeof value === "string") headers.set(name, value);
  }
  return headers;
};

const readResponse = (status: number, headers: Headers, url: string, text: string): ReadResponse => ({
  status,
  ok: status >= 200 && status < 300,
  headers,
  url,
  body: null,
  text: async () => text,
  json: async (): Promise<unknown> => JSON.parse(text),
});
