// Mints at OpenAI. The only file that knows the `openai` package, for its types and its reading of refusals: its client
// costs a mint more than all the rest together, and the service a sixth of its memory.
import type OpenAI from "openai";
import { APIError } from "openai/core/error";
import { z } from "zod";
import { Failure } from "../failure.ts";
import { redact } from "../redact.ts";
import type { Secret } from "../secret.ts";
import type { Answer, Exchange, Question } from "./exchange.undici.ts";
import {
  connectAddresses,
  type MintedKey,
  type Upstream,
  UpstreamError,
  type UpstreamReport,
} from "./upstream.ts";

export interface OpenAiOptions {
  apiKey: Secret;
  baseUrl: string;
  organization: string | undefined;
  project: string | undefined;
}

const minted = z.object({
  value: z.string().regex(/^ek_[\w.-]+$/),
  expires_at: z.int().positive(),
  session: z.looseObject({}),
});

/** One OpenAI account. Throws `upstream-refused` or `upstream-timeout`, and the caller's own abort as it is. */
export const openAiUpstream = (options: OpenAiOptions, exchange: Exchange): Upstream => {
  const connect = connectAddresses(options.baseUrl);
  const { origin, pathname } = new URL(options.baseUrl);
  const path = `${pathname.replace(/\/+$/, "")}/realtime/client_secrets`;
  const headers = headersOf(options);
  return {
    mint: async ({ session, ttlSeconds, safetyIdentifier, signal }): Promise<MintedKey> => {
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
      });
      const { value, expires_at: expiresAt, session: echo } = read(answer);
      return { value, expiresAt, session: echo, connect, requestId: header(answer, "x-request-id") };
    },
    close: () => exchange.close(),
  };
};

const headersOf = ({ apiKey, organization, project }: OpenAiOptions): string[] => [
  ...["authorization", `Bearer ${apiKey.reveal()}`],
  ...["content-type", "application/json"],
  ...["accept", "application/json"],
  ...["user-agent", "realtime-key-broker"],
  ...(organization === undefined ? [] : ["openai-organization", organization]),
  ...(project === undefined ? [] : ["openai-project", project]),
];

const send = async (exchange: Exchange, question: Question): Promise<Answer> => {
  try {
    return await exchange.post(question);
  } catch (cause) {
    question.signal.throwIfAborted();
    if (cause instanceof Error && cause.name === "TimeoutError") {
      throw new Failure("upstream-timeout", undefined, { cause: new UpstreamError(cause.message, {}) });
    }
    const message = cause instanceof Error ? redact(cause.message) : "";
    throw refused("OpenAI cannot be reached", { message });
  }
};

const read = (answer: Answer): z.output<typeof minted> => {
  const json = parse(answer.text);
  if (answer.status >= 300) throw explain(answer, json);
  const key = minted.safeParse(json);
  if (!key.success)
    throw refused("OpenAI's answer has not the documented shape", {
      requestId: header(answer, "x-request-id"),
    });
  return key.data;
};

// What cannot be parsed is not quoted: it could hold a key.
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const explain = (answer: Answer, json: unknown): Failure => {
  const { status } = answer;
  const error = typeof json === "object" && json !== null ? json : undefined;
  const { code, param, message } = APIError.generate(status, error, undefined, new Headers());
  const wait = status === 429 ? header(answer, "retry-after") : undefined;
  return refused(
    "OpenAI refused",
    {
      status,
      code: code ?? undefined,
      param: param ?? undefined,
      requestId: header(answer, "x-request-id"),
      message: redact(message),
    },
    wait && /^\d{1,6}$/.test(wait) ? { "retry-after": wait } : {},
  );
};

const refused = (message: string, report: UpstreamReport, headers: Record<string, string> = {}): Failure =>
  new Failure("upstream-refused", undefined, { cause: new UpstreamError(message, report), headers });

const header = ({ headers }: Answer, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
};
