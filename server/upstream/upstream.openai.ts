// Mints through the `openai` package. The only file that knows it.
import OpenAI from "openai";
import { z } from "zod";
import { Failure } from "../failure.ts";
import { redact } from "../redact.ts";
import type { Secret } from "../secret.ts";
import type { PooledFetch } from "./fetch.undici.ts";
import {
  connectAddresses,
  type MintedKey,
  type MintRequest,
  type Upstream,
  UpstreamError,
} from "./upstream.ts";

export interface OpenAiOptions {
  apiKey: Secret;
  baseUrl: string;
  organization: string | undefined;
  project: string | undefined;
  timeoutMs: number;
}

// The SDK validates nothing: a proxy's HTML page with status 200 would come back as a string.
const minted = z.object({
  value: z.string().regex(/^ek_[\w.-]+$/),
  expires_at: z.int().positive(),
  session: z.looseObject({}),
  _request_id: z.string().nullish(),
});

/** One OpenAI account. Throws `upstream-refused` or `upstream-timeout`, and the caller's own abort as it is. */
export const openAiUpstream = (options: OpenAiOptions, http: PooledFetch): Upstream => {
  const client = new OpenAI({
    apiKey: options.apiKey.reveal(),
    baseURL: options.baseUrl,
    organization: options.organization ?? null,
    project: options.project ?? null,
    maxRetries: 0,
    timeout: options.timeoutMs,
    logLevel: "off",
    fetch: http.fetch,
  });
  const connect = connectAddresses(options.baseUrl);

  const send = async (request: MintRequest): Promise<unknown> => {
    try {
      return await client.realtime.clientSecrets.create(
        {
          expires_after: { anchor: "created_at", seconds: request.ttlSeconds },
          session: request.session as OpenAI.Realtime.RealtimeSessionCreateRequest,
        },
        { headers: { "OpenAI-Safety-Identifier": request.safetyIdentifier }, signal: request.signal },
      );
    } catch (cause) {
      request.signal.throwIfAborted();
      throw explain(cause);
    }
  };

  return {
    mint: async (request): Promise<MintedKey> => {
      const answer = minted.safeParse(await send(request));
      if (!answer.success) {
        const cause = new UpstreamError("OpenAI's answer has not the documented shape", {});
        throw new Failure("upstream-refused", undefined, { cause });
      }
      const { value, expires_at: expiresAt, session, _request_id: requestId } = answer.data;
      return { value, expiresAt, session, connect, requestId: requestId ?? undefined };
    },
    close: () => http.close(),
  };
};

const explain = (cause: unknown): Failure => {
  if (cause instanceof OpenAI.APIConnectionTimeoutError) {
    return new Failure("upstream-timeout", undefined, { cause: new UpstreamError("no answer in time", {}) });
  }
  if (!(cause instanceof OpenAI.APIError)) {
    // A SyntaxError quotes the body it could not parse, and that body could hold a key.
    const name = cause instanceof Error ? cause.name : "unknown";
    return new Failure("upstream-refused", undefined, {
      cause: new UpstreamError(`no usable answer (${name})`, {}),
    });
  }
  const { status, code, param, requestID, message } = cause;
  const report = {
    status,
    code: code ?? undefined,
    param: param ?? undefined,
    requestId: requestID ?? undefined,
    message: redact(status === undefined ? connectionFault(cause) : message),
  };
  const wait = status === 429 ? cause.headers?.get("retry-after") : undefined;
  return new Failure("upstream-refused", undefined, {
    cause: new UpstreamError("OpenAI refused", report),
    headers: wait && /^\d{1,6}$/.test(wait) ? { "retry-after": wait } : {},
  });
};

// "Connection error." says little; the reason lies below.
const connectionFault = (error: Error): string => {
  const inner = error.cause instanceof Error ? error.cause.message : "";
  return inner === "" ? error.message : `${error.message} ${inner}`;
};
