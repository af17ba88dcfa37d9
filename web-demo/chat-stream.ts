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

/** The answer's pieces as they arrive. Throws a `BrokerError` for a refusal. */
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

const refusalOf = async (answer: Response): Promise<BrokerError> => {
  const body = (await answer.json().catch(() => ({}))) as { error?: { message?: string; code?: string } };
  const { message = `The broker answered ${answer.status}.`, code = "" } = body.error ?? {};
  return new BrokerError({ status: answer.status, code, title: "No answer", detail: message });
};
