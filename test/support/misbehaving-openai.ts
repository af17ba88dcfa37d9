// An OpenAI that misbehaves where a request's text tells it to, and answers all others: what one caller's failures do to others.
import type { IncomingMessage, ServerResponse } from "node:http";
import { serve, type TestServer } from "./server.ts";

/** Words that a request may hold, and what they make of its answer. */
export const misdeeds = {
  "please-fail": (answer: ServerResponse) => refuse(answer, 500, "The server had an error."),
  "please-be-unavailable": (answer: ServerResponse) => refuse(answer, 503, "Try again later."),
  "please-limit": (answer: ServerResponse) =>
    refuse(answer, 429, "Rate limit reached for this model.", "rate_limit_exceeded"),
  "please-find-it-too-large": (answer: ServerResponse) =>
    refuse(answer, 429, "Request too large for this model.", "rate_limit_exceeded"),
  "please-miss-a-scope": (answer: ServerResponse) =>
    refuse(answer, 401, "You have insufficient permissions for this operation. Missing scopes: a.b."),
  "please-be-odd": (answer: ServerResponse) => void answer.end('{"neither":"key nor chat"}'),
  "please-break": (answer: ServerResponse) => void answer.destroy(),
  "please-cut": (answer: ServerResponse) => {
    answer.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
    answer.write('{"id":');
    setTimeout(() => answer.destroy(), 5);
  },
  "please-hang": () => {},
} satisfies Record<string, (answer: ServerResponse) => void>;

export type Misdeed = keyof typeof misdeeds;

const refuse = (
  answer: ServerResponse,
  status: number,
  message: string,
  code: string | null = null,
): void => {
  answer.writeHead(status, { "content-type": "application/json" });
  answer.end(JSON.stringify({ error: { message, type: "some_type", param: null, code } }));
};

const minted = JSON.stringify({
  value: "ek_68af296e8e408191a1120ab6383263c2",
  expires_at: 4_102_444_800,
  session: { type: "realtime", id: "sess_1", model: "gpt-realtime-2.1" },
});
const chatted = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
});

/** What it looks at of a body; large ones are read and forgotten. */
const LOOKED_AT = 4096;

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  let start = "";
  try {
    for await (const chunk of request) if (start.length < LOOKED_AT) start += chunk;
  } catch {
    return;
  }
  const words = Object.keys(misdeeds) as Misdeed[];
  const word = words.find((each) => start.includes(each));
  if (word) return misdeeds[word](response);
  const isMint = request.url?.endsWith("/client_secrets");
  response.writeHead(200, { "content-type": "application/json" });
  response.end(isMint ? minted : chatted);
};

/** Starts one on a free port. Use with `await using`. */
export const startMisbehavingOpenAi = (): Promise<TestServer> =>
  serve((request, response) => void answer(request, response));
