// Requests a streamed answer of OpenAI's chat completions, through the broker.
import { BrokerError } from "../client/index.ts";

export interface ChatMessage {
  role: "assistant" | "user";
  content: string;
}

export interface ChatRequest {
  model: string;
  messages: readonly ChatMessage[];
  token: string | undefined;
  signal: AbortSignal;
}

/** The answer's pieces as they arrive. Throws a `BrokerError` for a refusal, and errors of the browser. */
export async function* chatStream({ model, messages, token, signal }: ChatRequest): AsyncGenerator<string> {
  const answer = await fetch("./v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ model, messages, stream: true }),
    signal,
  });
  if (!answer.ok || !answer.body) throw await refusalOf(answer);
  let rest = "";
  for await (const text of pieces(answer.body)) {
    const events = (rest + text).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) yield contentOf(event);
  }
}

// Not every browser supports `for await` over a stream.
async function* pieces(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield decoder.decode(value, { stream: true });
  }
}

const contentOf = (event: string): string => {
  const data = event.replace(/^data: ?/, "");
  if (data === "[DONE]") return "";
  const { choices } = JSON.parse(data) as { choices?: { delta?: { content?: string | null } }[] };
  return choices?.[0]?.delta?.content ?? "";
};

const noAnswer = "There is no answer at the moment. Please try again in a minute.";
const unreachable = "The service cannot be reached. Check your connection and try again.";

/** Any thrown value as a `BrokerError`: `fetch` and a stream that breaks off throw errors of the browser's. */
export const brokerError = (error: unknown): BrokerError => {
  if (error instanceof BrokerError) return error;
  const problem = { status: 0, code: "network", title: "No answer", userMessage: unreachable };
  return new BrokerError({ ...problem, detail: String(error) }, { cause: error });
};

const refusalOf = async (answer: Response): Promise<BrokerError> => {
  const body = (await answer.json().catch(() => ({}))) as { error?: { message?: string } };
  const { message = `The broker answered ${answer.status}.` } = body.error ?? {};
  const problem = { status: answer.status, code: `http-${answer.status}`, title: "No answer" };
  return new BrokerError({ ...problem, detail: message, userMessage: noAnswer });
};
