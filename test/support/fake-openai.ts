// An OpenAI of the test's own making, that says what it was asked.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { serve, type TestServer } from "./server.ts";

export interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface FakeOpenAi extends TestServer {
  /** `https://…/v1` */
  baseUrl: string;
  asked: Asked[];
}

export type Behaviour = (
  answer: ServerResponse,
  asked: Asked,
  request: IncomingMessage,
) => void | Promise<void>;

/** Reads each request whole, notes it, and answers as told. Use with `await using`. */
export const fakeOpenAi = async (behave: Behaviour): Promise<FakeOpenAi> => {
  const asked: Asked[] = [];
  const server = await serve(async (request, answer) => {
    let body = "";
    request.setEncoding("latin1");
    try {
      for await (const chunk of request) body += chunk;
    } catch {
      // It was cut off: there is nobody to answer.
      return;
    }
    const { method = "", url = "", headers } = request;
    const seen = { method, url, headers, body };
    asked.push(seen);
    await behave(answer, seen, request);
  });
  return { ...server, baseUrl: `${server.url}/v1`, asked };
};

/** A whole answer of a chat, that says what was said. */
export const chatAnswer: Behaviour = (answer, { body }) => {
  const { messages } = JSON.parse(body) as { messages: { content: string }[] };
  const content = messages.at(-1)?.content ?? "";
  answer.writeHead(200, { "content-type": "application/json", "x-request-id": "req_of_openai" });
  answer.end(
    JSON.stringify({
      id: "chatcmpl-1",
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    }),
  );
};

/** OpenAI's refusal of that status. */
export const refusing =
  (status: number, headers: Record<string, string> = {}, code = "some_reason"): Behaviour =>
  (answer) => {
    answer.writeHead(status, { "content-type": "application/json", ...headers });
    answer.end(JSON.stringify({ error: { message: "no", type: "some_type", param: null, code } }));
  };
