// A fetch for the OpenAI SDK over one undici pool per origin, so that connections are reused under load.
import { Agent } from "undici";

export interface PooledFetch {
  fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

// undici's request() costs about half of its fetch(); a Response is only the wrapping the SDK reads.
const withoutBody = new Set([101, 204, 205, 304]);

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
      const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
        [value ?? []].flat().map((each): [string, string] => [name, each]),
      );
      const text = await answer.body.text();
      return new Response(withoutBody.has(answer.statusCode) ? null : text, {
        status: answer.statusCode,
        headers,
      });
    },
    close: () => agent.close(),
  };
};
