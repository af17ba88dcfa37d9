// The browser client when what answers is not the broker, answers badly, or does not answer.
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { brokerClient } from "../../client/broker-client.ts";
import { BrokerError } from "../../client/broker-error.ts";

const running: (() => void)[] = [];
afterEach(() => {
  for (const stop of running.splice(0)) stop();
});

const serve = (listener: RequestListener): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer(listener).listen(0, "127.0.0.1", () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
    running.push(() => {
      server.closeAllConnections();
      server.close();
    });
  });

const refusedBy = async (listener: RequestListener): Promise<unknown> =>
  brokerClient({ url: await serve(listener) })
    .callTool({ name: "x" })
    .catch((cause: unknown) => cause);

describe("brokerClient, refused", () => {
  it("names the status of a page that is not the broker's, and shows nothing of it", async () => {
    const error = await refusedBy((_, answer) => {
      answer.writeHead(502, { "content-type": "text/html" }).end("<h1>nginx</h1>");
    });
    expect(error).toBeInstanceOf(BrokerError);
    expect(error).toMatchObject({ status: 502, code: "http-502", title: "The service answered 502" });
    expect(String(error)).not.toContain("nginx");
  });

  it("has a sentence for the page's user: the broker's, or one of its own for the status", async () => {
    const sentenceFor = async (status: number, body: object): Promise<unknown> => {
      const error = await refusedBy((_, answer) => {
        answer.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify(body));
      });
      return (error as BrokerError).userMessage;
    };
    const body = {
      type: "/problems/budget-used",
      title: "Used up",
      detail: "Set `budget`.",
      user_message: "Come back tomorrow.",
    };
    expect(await sentenceFor(429, body)).toBe("Come back tomorrow.");
    expect(await sentenceFor(503, {})).toMatch(/^Voice is not available/);
    expect(await sentenceFor(401, { user_message: "" })).toMatch(/^Please sign in/);
    expect(await sentenceFor(401, { user_message: { html: "<b>" } })).toMatch(/^Please sign in/);
  });

  it("says when to come back", async () => {
    const comeBack = (when: string): Promise<unknown> =>
      refusedBy((_, answer) => {
        answer.writeHead(429, { "retry-after": when }).end();
      });
    expect(await comeBack("7")).toMatchObject({ retryAfterSeconds: 7 });
    expect(((await comeBack("soon")) as BrokerError).retryAfterSeconds).toBeUndefined();
  });

  it("has words for a broker that cannot be reached: the address, and CORS", async () => {
    const url = await serve(() => {});
    for (const stop of running.splice(0)) stop();
    const error = await brokerClient({ url })
      .listTools()
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ status: 0, code: "network", cause: expect.any(Error) });
    expect(String(error)).toContain(url);
    expect(String(error)).toContain("CORS");
  });

  it("has words for JSON that is not JSON, and for an answer without a key", async () => {
    const broken = await refusedBy((_, answer) => {
      answer.writeHead(200, { "content-type": "application/json" }).end("{");
    });
    expect(broken).toMatchObject({ code: "answer-unreadable" });
    const url = await serve((_, answer) => {
      answer.writeHead(200, { "content-type": "application/json" }).end('{"client_secret":{"value":"ek_1"}}');
    });
    await expect(brokerClient({ url }).fetchEphemeralKey()).rejects.toMatchObject({
      code: "answer-unreadable",
    });
    await expect(brokerClient({ url }).listTools()).rejects.toMatchObject({ code: "answer-unreadable" });
  });

  it("gives a text answer as a string", async () => {
    const url = await serve((_, answer) => {
      answer.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end("42");
    });
    expect(await brokerClient({ url }).callTool({ name: "x" })).toBe("42");
  });

  it("stops with the signal's own reason", async () => {
    const stop = new AbortController();
    const url = await serve(() => stop.abort(new Error("enough")));
    const call = brokerClient({ url }).callTool({ name: "x" }, { signal: stop.signal });
    await expect(call).rejects.toThrow("enough");
  });
});

describe("brokerClient, sending", () => {
  const record = async (): Promise<{ url: string; seen: IncomingMessage[]; bodies: string[] }> => {
    const seen: IncomingMessage[] = [];
    const bodies: string[] = [];
    const url = await serve((request, answer) => {
      seen.push(request);
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        bodies.push(body);
        answer.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    });
    return { url, seen, bodies };
  };

  it("puts the token into the header, never into the address", async () => {
    const { url, seen, bodies } = await record();
    await brokerClient({ url: `${url}/voice/`, token: " t0ken\n" }).callTool({
      name: "a b",
      arguments: '{"n":1}',
    });
    expect(seen[0]).toMatchObject({ method: "POST", url: "/voice/a%20b" });
    expect(seen[0]?.headers).toMatchObject({
      authorization: "Bearer t0ken",
      "content-type": "application/json",
    });
    expect(bodies).toEqual(['{"n":1}']);
  });

  it("takes no arguments from a model as an empty object", async () => {
    const { url, bodies } = await record();
    const { callTool } = brokerClient({ url });
    await callTool({ name: "x", arguments: "" });
    await callTool({ name: "x" });
    expect(bodies).toEqual(["{}", "{}"]);
  });

  it("refuses an address with credentials or a query in it", () => {
    expect(() => brokerClient({ url: "https://me:secret@example.com" })).toThrow(/credentials/);
    expect(() => brokerClient({ url: "https://example.com/?token=secret" })).toThrow(/credentials/);
  });

  it("does not send a token that no header can carry, and does not quote it", async () => {
    const { url, seen } = await record();
    const error = await brokerClient({ url, token: "se cret\u2026" })
      .listTools()
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "token-malformed" });
    expect(String(error)).not.toContain("cret");
    expect(seen).toEqual([]);
  });
});
