// How answers are written: every header has one home, and every answer takes the same way out.
import type { z } from "zod";
import type { RequestFacts } from "./facts.ts";

/** What the contract says of a success, and how the handler's result becomes one. */
export interface AnswerKind<Answer> {
  description: string;
  /** 200 when left out. */
  status?: number;
  /** By media type: its JSON schema, or text. */
  content: Readonly<Record<string, z.ZodType | "text">>;
  /** Whether 304 may come instead. */
  mayBeNotModified?: boolean;
  /** Other statuses that mean success, without a body. */
  others?: Readonly<Record<number, string>>;
  /** Whether 308 may come instead. */
  mayRedirect?: boolean;
  /** Whether OpenAI's own answer is passed on, whatever it is. */
  isOpenAis?: boolean;
  write: (facts: RequestFacts, answer: Answer) => void;
}

export interface Reply {
  /** 200 when left out. */
  status?: number;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

/** Writes an answer, unless one was begun or the caller has gone. */
export const reply = ({ outgoing }: RequestFacts, { status = 200, headers, body }: Reply): void => {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const { vary } = outgoing.fields;
  const varies = vary === undefined || headers.vary === undefined ? {} : { vary: `${vary}, ${headers.vary}` };
  outgoing.writeHead(status, { ...headers, ...varies, ...length });
  outgoing.end(body);
};

/** JSON that fits the schema. Nothing keeps it. */
export const jsonAnswer = <Schema extends z.ZodType>(
  description: string,
  schema: Schema,
): AnswerKind<z.output<Schema>> => ({
  description,
  content: { "application/json": schema },
  write: (facts, value) =>
    reply(facts, {
      headers: { "content-type": "application/json", "cache-control": "no-store" },
      body: JSON.stringify(value),
    }),
});

/** Text or bytes, with headers of the handler's choice. */
export const replyOf = (
  description: string,
  content: AnswerKind<Reply>["content"],
  more: Pick<AnswerKind<Reply>, "mayBeNotModified" | "mayRedirect" | "others"> = {},
): AnswerKind<Reply> => ({ description, content, ...more, write: reply });

/** What the handler writes by itself, as it comes. */
export const streamed = (
  description: string,
  content: AnswerKind<void>["content"],
  more: Pick<AnswerKind<void>, "isOpenAis" | "status"> = {},
): AnswerKind<void> => ({ description, content, ...more, write: () => {} });
