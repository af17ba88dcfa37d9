// Mints at OpenAI. The only file that knows the `openai` package, for its types and its reading of refusals: its client
// costs a mint more than all the rest together, and the service a sixth of its memory.
import type OpenAI from "openai";
import { APIError } from "openai/core/error";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { Failure } from "../failure.ts";
import { redact } from "../redact.ts";
import type { Answer, Exchange, Question } from "./exchange.undici.ts";
import type { Outcome } from "./health.ts";
import { keyHeaders } from "./key-headers.ts";
import type { UpstreamKey } from "./keys.ts";
import { outcomeOf } from "./refusals.ts";
import {
  type Account,
  connectAddresses,
  type MintedKey,
  UpstreamError,
  type UpstreamReport,
} from "./upstream.ts";

type Key = Pick<UpstreamKey, "base_url" | "name" | "organization" | "project" | "secret">;

export interface AccountPorts {
  exchange: Exchange;
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

const send = async (exchange: Exchange, question: Question): Promise<Answer> => {
  try {
    return await exchange.post(question);
  } catch (cause) {
    question.signal.throwIfAborted();
    if (cause instanceof Error && cause.name === "TimeoutError") {
      const late = new UpstreamError(cause.message, {}, { kind: "failed" });
      throw new Failure("upstream-timeout", undefined, { cause: late });
    }
    const message = cause instanceof Error ? redact(cause.message) : "";
    throw refused("OpenAI cannot be reached", { message }, { kind: "failed" });
  }
};

const read = (answer: Answer, now: number): z.output<typeof minted> => {
  const json = parse(answer.text);
  if (answer.status >= 300) throw explain(answer, json, now);
  const key = minted.safeParse(json);
  if (key.success) return key.data;
  const report = { requestId: header(answer, "x-request-id") };
  const odd = "OpenAI's answer has not the documented shape";
  throw new Failure("upstream-refused", undefined, {
    cause: new UpstreamError(odd, report, { kind: "failed" }, true),
  });
};

// What cannot be parsed is not quoted: it could hold a key.
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const explain = (answer: Answer, json: unknown, now: number): Failure => {
  const { status, headers } = answer;
  const error = typeof json === "object" && json !== null ? json : undefined;
  const { code, param, message } = APIError.generate(status, error, undefined, new Headers());
  const report = {
    status,
    code: code ?? undefined,
    param: param ?? undefined,
    requestId: header(answer, "x-request-id"),
    message: redact(message),
  };
  return refused("OpenAI refused", report, outcomeOf(status, report.code, headers, now));
};

// Where OpenAI wants the caller to wait, he is told how long.
const refused = (message: string, report: UpstreamReport, outcome: Outcome): Failure =>
  new Failure("upstream-refused", undefined, {
    cause: new UpstreamError(message, report, outcome),
    headers: outcome.kind === "limited" ? { "retry-after": String(Math.ceil(outcome.waitMs / 1000)) } : {},
  });

const header = ({ headers }: Answer, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
};
