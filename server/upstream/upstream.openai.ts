// Mints at OpenAI. The only file that knows the `openai` package, for its types: its client costs a mint more than all the
// rest together, and the service a sixth of its memory.
import type OpenAI from "openai";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { Failure } from "../failures/failure.ts";
import { redact } from "../observe/redact.ts";
import { BrokenAnswerError } from "./broken-answer.ts";
import { classifyRefusal } from "./classify-error.ts";
import { readRefusal } from "./error-body.ts";
import type { Answer, HttpClient, Question } from "./http-client.undici.ts";
import { keyHeaders } from "./key-headers.ts";
import type { UpstreamKey } from "./keys.ts";
import type { Outcome } from "./outcome.ts";
import {
  type Account,
  connectAddresses,
  type MintedKey,
  UpstreamError,
  type UpstreamReport,
} from "./upstream.ts";

type Key = Pick<UpstreamKey, "base_url" | "name" | "organization" | "project" | "secret">;

export interface AccountPorts {
  exchange: HttpClient;
  clock: Pick<Clock, "now">;
}

const minted = z.object({
  value: z.string().regex(/^ek_[\w.-]+$/),
  expires_at: z.int().positive(),
  session: z.looseObject({}),
});

/** One key at OpenAI. Throws `upstream-refused` or `upstream-timeout`, and the caller's own abort as it is. */
export const openAiAccount = (key: Key, { exchange, clock }: AccountPorts): Account => {
  const connect = connectAddresses(key.base_url);
  const { origin, pathname } = new URL(key.base_url);
  const path = `${pathname.replace(/\/+$/, "")}/realtime/client_secrets`;
  const headers = [...keyHeaders(key), "content-type", "application/json", "accept", "application/json"];
  return {
    mint: async ({ session, ttlSeconds, safetyIdentifier, signal }, timeoutMs): Promise<MintedKey> => {
      const body = {
        expires_after: { anchor: "created_at", seconds: ttlSeconds },
        session: session as OpenAI.Realtime.RealtimeSessionCreateRequest,
      } satisfies OpenAI.Realtime.ClientSecretCreateParams;
      const answer = await send(exchange, {
        origin,
        path,
        headers: [...headers, "openai-safety-identifier", safetyIdentifier],
        body: JSON.stringify(body),
        signal,
        timeoutMs,
      });
      const { value, expires_at: expiresAt, session: echo } = read(answer, clock.now());
      const requestId = header(answer, "x-request-id");
      return { value, expiresAt, session: echo, connect, requestId, upstreamKey: key.name };
    },
  };
};

const send = async (exchange: HttpClient, question: Question): Promise<Answer> => {
  try {
    return await exchange.post(question);
  } catch (cause) {
    question.signal.throwIfAborted();
    const message = cause instanceof Error ? redact(cause.message) : "";
    if (cause instanceof Error && cause.name === "TimeoutError") {
      const late = new UpstreamError(cause.message, {}, { kind: "failed", how: "timeout" });
      throw new Failure("upstream-timeout", undefined, { cause: late });
    }
    if (cause instanceof BrokenAnswerError) {
      const { status } = cause;
      throw status < 300
        ? refused("OpenAI's answer broke off", { status, message }, { kind: "unreadable" })
        : refused("OpenAI refused", { status, message }, classifyRefusal(readRefusal(status, ""), {}, 0));
    }
    throw refused("OpenAI cannot be reached", { message }, { kind: "failed", how: "connection" });
  }
};

const read = (answer: Answer, now: number): z.output<typeof minted> => {
  if (answer.status >= 300) throw explain(answer, now);
  const key = minted.safeParse(parse(answer.text));
  if (key.success) return key.data;
  const report = { requestId: header(answer, "x-request-id") };
  throw refused("OpenAI's answer has not the documented shape", report, { kind: "unreadable" });
};

// What cannot be parsed is not quoted: it could hold a key.
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const explain = (answer: Answer, now: number): Failure => {
  const { status, headers } = answer;
  const refusal = readRefusal(status, answer.text);
  const report = {
    status,
    code: refusal.code ?? undefined,
    param: refusal.param ?? undefined,
    requestId: header(answer, "x-request-id"),
    message: refusal.message,
  };
  return refused("OpenAI refused", report, classifyRefusal(refusal, headers, now));
};

const refused = (message: string, report: UpstreamReport, outcome: Outcome): Failure =>
  new Failure("upstream-refused", undefined, { cause: new UpstreamError(message, report, outcome) });

const header = ({ headers }: Answer, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
};
