// Calls of one upstream key: creates them, ends them, and joins them.
import type { Clock, Timers } from "../clock.ts";
import {
  carriedUrl,
  createRequest,
  hangUpPath,
  isOpenAiError,
  isOver,
  joinUrl,
  readCreated,
  realtimeIdIn,
} from "./call-requests.ts";
import {
  type CallAccount,
  type CallReference,
  type CallRequest,
  type CreatedCall,
  JoinRefused,
  type OpenVoiceSocket,
} from "./calls.ts";
import { readErrorBody, readErrorResponse, refusedFailure } from "./error-response.ts";
import {
  type HttpClient,
  type HttpResponse,
  TruncatedResponseError,
  UnsentRequestError,
} from "./http-client.ts";
import { type KeyAccess, keyHeaders } from "./keys.ts";
import { requestIdIn } from "./response-headers.ts";
import { connectionFailure, messageOf, timeoutFailure, unreadableFailure } from "./upstream-error.ts";

export interface CallAccountPorts {
  /** Apart from the one that ends calls, so that creations that hang keep no call from being ended. */
  creating: HttpClient;
  ending: HttpClient;
  openSocket: OpenVoiceSocket;
  clock: Pick<Clock, "now">;
  timers: Pick<Timers, "after">;
  /** A call that was created too late, or without an answer, and could not be ended either. */
  onLeftOver(call: CallReference, error: unknown): void;
}

/** How long an answer that comes too late is still waited for, so that its call can be ended. */
const LATE_MS = 60_000;
const END_MS = 5000;
/** Pauses before further attempts to end a call that was created in vain. */
const END_PAUSES_MS = [500, 2000, 5000];
/** What is created has an owner even when the caller leaves. */
const never = new AbortController().signal;

export const callAccount = (key: KeyAccess, ports: CallAccountPorts): CallAccount => {
  const { creating, ending, openSocket, clock, timers, onLeftOver } = ports;
  const { origin, pathname } = new URL(key.base_url);
  const base = pathname.replace(/\/$/, "");
  const credentials = keyHeaders(key);
  const referenceTo = (of: CallRequest["interface"], id: string): CallReference => ({
    ...{ interface: of, id, upstreamKey: key.name },
  });
  const hangUp: CallAccount["hangUp"] = async (call, timeoutMs) => {
    const request = { origin, path: base + hangUpPath(call), headers: [...credentials()], body: "" };
    const response = await ending.post({ ...request, signal: never, timeoutMs }).catch((error: unknown) => {
      throw failureOf(error);
    });
    if (!isOver(response)) throw errorIn(response, clock.now());
  };
  const endLeftOver = (call: CallReference, pauses: readonly number[] = END_PAUSES_MS): void => {
    hangUp(call, END_MS).catch((error: unknown) => {
      const [pauseMs, ...others] = pauses;
      if (pauseMs === undefined) onLeftOver(call, error);
      else timers.after(pauseMs, () => endLeftOver(call, others));
    });
  };
  /** A call that the service cannot hand to its caller is ended. */
  const read = (request: CallRequest, response: HttpResponse): { id: string; answer: string } => {
    const created = readCreated(request.interface, response);
    if (created?.answer !== undefined) return { id: created.id, answer: created.answer };
    if (created) endLeftOver(referenceTo(request.interface, created.id));
    const report = { requestId: requestIdIn(response.headers) };
    throw unreadableFailure("OpenAI's response names no call, or has no SDP", report);
  };
  const endTruncated = (request: CallRequest, error: unknown): void => {
    if (!(error instanceof TruncatedResponseError) || request.interface !== "realtime") return;
    const id = error.status < 300 ? realtimeIdIn(error.headers) : undefined;
    if (id !== undefined) endLeftOver(referenceTo("realtime", id));
  };
  return {
    hangUp,
    createCall: async (request, timeoutMs) => {
      const { path, headers, body } = await createRequest(request);
      const attempt = { isLate: false };
      const fields = [...credentials(), ...headers, ...(request.attemptLog?.trace?.upstreamFields ?? [])];
      const sent = creating
        .post({
          origin,
          path: base + path,
          headers: fields,
          body,
          signal: never,
          timeoutMs: timeoutMs + LATE_MS,
        })
        .then(
          (response): CreatedCall => {
            if (response.status >= 300) throw errorIn(response, clock.now());
            const { id, answer } = read(request, response);
            const reference = referenceTo(request.interface, id);
            if (attempt.isLate) endLeftOver(reference);
            return { ...reference, answer, openAiRequestId: requestIdIn(response.headers) };
          },
          (error: unknown) => {
            endTruncated(request, error);
            throw failureOf(error);
          },
        );
      return within(sent, timeoutMs, timers, attempt);
    },
    joinCall: (call, receiver, signal) =>
      openSocket({ url: joinUrl(key.base_url, call), headers: credentials(), signal }, receiver),
    openCarried: async ({ model, safetyIdentifier }, receiver, signal) => {
      const headers = [...credentials(), "openai-safety-identifier", safetyIdentifier];
      try {
        return await openSocket({ url: carriedUrl(key.base_url, model), headers, signal }, receiver);
      } catch (error) {
        signal.throwIfAborted();
        throw error instanceof JoinRefused
          ? refusedFailure(readErrorResponse(readErrorBody(error.status, ""), {}, clock.now()))
          : connectionFailure(error);
      }
    },
  };
};

const within = <Result>(
  work: Promise<Result>,
  ms: number,
  { after }: Pick<Timers, "after">,
  attempt: { isLate: boolean },
): Promise<Result> =>
  new Promise((resolve, reject) => {
    const cancel = after(ms, () => {
      attempt.isLate = true;
      reject(timeoutFailure());
    });
    work.then(resolve, reject).finally(cancel);
  });

// OpenAI's own error says that nothing was created; a proxy's says nothing.
const errorIn = ({ status, text, headers }: HttpResponse, now: number): Error => {
  const response = readErrorResponse(readErrorBody(status, text), headers, now);
  const { outcome } = response;
  if (outcome.kind !== "failed" || isOpenAiError(text)) return refusedFailure(response);
  return refusedFailure({ ...response, outcome: { ...outcome, mayBeDone: true } });
};

const failureOf = (error: unknown): Error => {
  if (error instanceof TruncatedResponseError) {
    return unreadableFailure("OpenAI's response broke off", {
      status: error.status,
      message: messageOf(error),
    });
  }
  if (error instanceof Error && error.name === "TimeoutError") return timeoutFailure();
  if (error instanceof UnsentRequestError) return connectionFailure(error);
  return connectionFailure(error, { kind: "failed", how: "connection", mayBeDone: true });
};
