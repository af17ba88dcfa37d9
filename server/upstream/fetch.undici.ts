// A fetch for the OpenAI SDK over one undici pool per origin, so that connections are reused under load.
import { Agent } from "undici";

export interface PooledFetch {
  fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

// What the SDK and our own error report look at; the others would only be copied.
const headersRead = ["content-type", "content-length", "x-request-id", "retry-after", "x-should-retry"];

/** The part of a `Response` that the SDK reads. */
type ReadResponse = Pick<Response, "status" | "ok" | "headers" | "url" | "body" | "text" | "json">;

// A real Response wraps the text into a stream and registers it for finalization, only to be read back at once:
// a tenth of a mint.
const readResponse = (status: number, headers: Headers, url: string, text: string): ReadResponse => ({
  status,
  ok: status >= 200 && status < 300,
  headers,
  url,
  body: null,
  text: async () => text,
  json: async (): Promise<unknown> => JSON.parse(text),
});

/** Sends only what the SDK sends: a URL, plain headers, and a text body or none. */
export const pooledFetch = (options: { connections: number; connectTimeoutMs: number }): PooledFetch => {
  const agent = new Agent({
    connections: options.connections,
    keepAliveTimeout: 30_000,
    connect: { timeout: options.connectTimeoutMs },
  });
  return {
    fetch: async (input, init = {}) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const answer = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: (init.method ?? "GET") as "GET" | "POST",
        headers: [...(init.headers instanceof Headers ? init.headers : new Headers(init.headers))].flat(),
        body: typeof init.body === "string" ? init.body : null,
        signal: init.signal ?? null,
      });
      const headers = new Headers();
      for (const name of headersRead) {
        const value = answer.headers[name];
        if (typeof value === "string") headers.set(name, value);
      }
      const text = await answer.body.text();
      return readResponse(answer.statusCode, headers, url.href, text) as Response;
    },
    close: () => agent.close(),
  };
};
