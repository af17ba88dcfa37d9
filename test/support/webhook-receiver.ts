// A server that takes webhooks and checks their signatures with the package that receivers use.
import { Webhook } from "standardwebhooks";
import { serve } from "./server.ts";

export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

export interface Received {
  id: string;
  body: { type: string; timestamp: string; data: Record<string, unknown> };
}

export interface WebhookReceiver extends AsyncDisposable {
  url: string;
  /** Whose signatures were right. */
  received: Received[];
  /** How often it was asked. */
  asked(): number;
  /** Answers with these before it answers 204. */
  answerFirst(...statuses: number[]): void;
}

/** Use with `await using`. */
export const receiveWebhooks = async (): Promise<WebhookReceiver> => {
  const received: Received[] = [];
  const statuses: number[] = [];
  let asked = 0;
  const server = await serve(async (request, answer) => {
    asked += 1;
    let text = "";
    for await (const chunk of request) text += chunk;
    const status = statuses.shift() ?? 204;
    if (status < 300) {
      const headers = request.headers as Record<string, string>;
      const body = new Webhook(WEBHOOK_SECRET).verify(text, headers) as Received["body"];
      received.push({ id: headers["webhook-id"] ?? "", body });
    }
    answer.writeHead(status, status === 302 ? { location: "http://127.0.0.1:9/" } : {}).end();
  });
  return {
    url: `${server.url}/hook`,
    received,
    asked: () => asked,
    answerFirst: (...first) => void statuses.push(...first),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
