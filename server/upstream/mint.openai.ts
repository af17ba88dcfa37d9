// Mints at OpenAI. The `openai` package gives the types only: its client would cost a third of a mint.
import type OpenAI from "openai";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { Secret } from "../secret.ts";
import { readErrorBody, readErrorResponse, refusedFailure } from "./error-response.ts";
import {
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  TruncatedResponseError,
} from "./http-client.ts";
import { type KeyAccess, keyHeaders } from "./keys.ts";
import { requestIdIn } from "./response-headers.ts";
import { connectAddresses, type UpstreamAccount } from "./upstream.ts";
import { connectionFailure, messageOf, timeoutFailure, unreadableFailure } from "./upstream-error.ts";

type Response = Pick<OpenAI.Realtime.ClientSecretCreateResponse, "expires_at" | "value"> & {
  session: Record<string, unknown>;
};

const responseSchema: z.ZodType<Response> = z.object({
  value: z.string().regex(/^ek_[\w.-]+$/),
  expires_at: z.int().positive(),
  session: z.looseObject({}),
});

/** Throws `upstream-refused` or `upstream-timeout`. */
export const mintAccount = (
  key: KeyAccess,
  { http, clock }: { http: HttpClient; clock: Pick<Clock, "now"> },
): Pick<UpstreamAccount, "mint"> => {
  const connect = connectAddresses(key.base_url);
  const { origin, pathname } = new URL(key.base_url);
  const path = `${pathname.replace(/\/$/, "")}/realtime/client_secrets`;
  const credentials = keyHeaders(key);
  const headers = ["content-type", "application/json", "accept", "application/json"];
  return {
    mint: async ({ session, ttlSeconds, safetyIdentifier, signal, attemptLog }, timeoutMs) => {
      const body: OpenAI.Realtime.ClientSecretCreateParams = {
        expires_after: { anchor: "created_at", seconds: ttlSeconds },
        session: session as OpenAI.Realtime.RealtimeSessionCreateRequest,
      };
      const response = await send(http, {
        origin,
        path,
        headers: [
          ...credentials(),
          ...headers,
          ...["openai-safety-identifier", safetyIdentifier],
          ...(attemptLog?.trace?.upstreamFields ?? []),
        ],
        body: JSON.stringify(body),
        signal,
        timeoutMs,
      });
      const { value, expires_at: expiresAt, session: echo } = read(response, clock.now());
      const requestId = requestIdIn(response.headers);
      return {
        value: new Secret(value),
        expiresAt,
        session: echo,
        connect,
        requestId,
        upstreamKey: key.name,
      };
    },
  };
};

const send = async (http: HttpClient, request: HttpRequest): Promise<HttpResponse> => {
  try {
    return await http.post(request);
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof Error && error.name === "TimeoutError") throw timeoutFailure();
    if (error instanceof TruncatedResponseError) throw truncatedFailure(error);
    throw connectionFailure(error);
  }
};

// A key may have been minted only where the status says so.
const truncatedFailure = (error: TruncatedResponseError): Error => {
  const { status } = error;
  const message = messageOf(error);
  if (status < 300) return unreadableFailure("OpenAI's response broke off", { status, message });
  const response = readErrorResponse(readErrorBody(status, ""), {}, 0);
  return refusedFailure({ ...response, report: { status, message } });
};

const read = ({ status, headers, text }: HttpResponse, now: number): Response => {
  if (status >= 300) throw refusedFailure(readErrorResponse(readErrorBody(status, text), headers, now));
  const key = responseSchema.safeParse(parse(text));
  if (key.success) return key.data;
  const report = { requestId: requestIdIn(headers) };
  throw unreadableFailure("OpenAI's response has not the documented shape", report);
};

// The parser's error would quote the text, which may hold a key.
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
