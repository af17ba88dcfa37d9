// Sends callers' requests on with one key, and passes answers back as they come, over undici.
import { Readable } from "node:stream";
import { Agent, type Dispatcher, errors } from "undici";
import type { Clock } from "../clock.ts";
import { Failure } from "../failures/failure.ts";
import { redact } from "../observe/redact.ts";
import { classifyRefusal } from "./classify-error.ts";
import { type Refusal, readRefusal, refusalBody } from "./error-body.ts";
import { keyHeaders } from "./key-headers.ts";
import type { UpstreamKey } from "./keys.ts";
import type { Outcome } from "./outcome.ts";
import type { Fields, RelayAccount, RelayBody, RelayedRequest } from "./relay.ts";
import { allowedResponseHeaders } from "./response-headers.ts";
import { UpstreamError } from "./upstream.ts";

type Key = Pick<UpstreamKey, "base_url" | "organization" | "project" | "secret">;

/** A pause of a stream that is longer has no end. */
export const relayAgent = (idleMs: number): Agent =>
  new Agent({ keepAliveTimeout: 30_000, bodyTimeout: idleMs, connect: { timeout: CONNECT_MS } });

/** An address that cannot be had makes room for another key soon. */
const CONNECT_MS = 5000;
/** A shorter time would be over while the request is written, and not be noticed. */
const LEAST_TIME_MS = 1000;
const MAX_REFUSAL_BYTES = 64 * 1024;

interface RelayPorts {
  agent: Dispatcher;
  clock: Pick<Clock, "now">;
  /** Hears of bytes that pass through, either way. */
  onPassed(bytes: number): void;
}

/** One key of OpenAI's, for any request that a caller may send. */
export const relayAccount = (key: Key, { agent, clock, onPassed }: RelayPorts): RelayAccount => {
  const { origin, pathname } = new URL(key.base_url);
  const base = pathname.replace(/\/+$/, "");
  const credentials = keyHeaders(key);
  return {
    relay: (request, recipient, timeoutMs) =>
      new Promise((resolve, reject) => {
        const { signal, method, target, headers } = request;
        signal.throwIfAborted();
        let controller: Dispatcher.DispatchController | undefined;
        let head: { status: number; headers: Fields; chunks: Uint8Array[]; length: number } | undefined;
        let begun = false;
        const onAbort = () => controller?.abort(signal.reason);
        signal.addEventListener("abort", onAbort);
        const settle = () => signal.removeEventListener("abort", onAbort);
        const refuse = ({ status, headers: fields, chunks }: NonNullable<typeof head>): void => {
          const refusal = readRefusal(status, Buffer.concat(chunks).toString("utf8"));
          const outcome = classifyRefusal(refusal, fields, clock.now());
          // What is wrong with the request is for the caller to know; what is wrong with the key is not.
          if (outcome.kind !== "request-at-fault" || status < 400) {
            reject(refused(refusal, fields, outcome));
            return;
          }
          const body = refusalBody(refusal);
          const own = { "content-type": "application/json", "content-length": String(body.length) };
          const { "content-encoding": _, ...kept } = allowedResponseHeaders(fields);
          recipient.onHead(status, { ...kept, ...own }, idle);
          recipient.onData(body);
          recipient.onEnd();
          resolve("request-at-fault");
        };
        agent.dispatch(
          {
            origin,
            path: base + target,
            method: method as Dispatcher.HttpMethod,
            headers: [...headers, ...lengthOf(request.body), ...credentials],
            body: bytesOf(request.body, onPassed),
            headersTimeout: Math.max(LEAST_TIME_MS, timeoutMs),
          },
          {
            onRequestStart: (started) => {
              controller = started;
              if (signal.aborted) onAbort();
            },
            onResponseStart: (flow, status, fields) => {
              if (status < 200) return;
              begun = status < 300 || status === 304;
              if (!begun) {
                head = { status, headers: fields, chunks: [], length: 0 };
                return;
              }
              recipient.onHead(status, allowedResponseHeaders(fields), flow);
              resolve("answered");
            },
            onResponseData: (_, chunk) => {
              if (begun) {
                onPassed(chunk.length);
                recipient.onData(chunk);
                return;
              }
              if (!head || head.length > MAX_REFUSAL_BYTES) return;
              head.chunks.push(chunk);
              head.length += chunk.length;
            },
            onResponseEnd: () => {
              settle();
              if (begun) recipient.onEnd();
              else if (head) refuse(head);
            },
            onResponseError: (_, error) => {
              settle();
              if (begun) recipient.onBreak(error);
              else reject(signal.aborted ? signal.reason : broken(error, request));
            },
          },
        );
      }),
  };
};

const idle = { pause: () => {}, resume: () => {} };

const bytesOf = (
  body: RelayBody | undefined,
  onPassed: RelayPorts["onPassed"],
): Uint8Array | Readable | null => {
  if (!body) return null;
  if (body.kind === "streaming") return Readable.from(noted(body, onPassed), { objectMode: false });
  return isLarge(body) ? piecesOf(body.bytes) : body.bytes;
};

/** undici holds a whole body until the answer has ended, which may take minutes; of larger ones it gets pieces. */
const MAX_HELD_BYTES = 256 * 1024;
const PIECE_BYTES = 64 * 1024;

const isLarge = (body: RelayBody): boolean => body.kind === "buffered" && body.bytes.length > MAX_HELD_BYTES;

// Of pieces it does not know the length by itself.
const lengthOf = (body: RelayBody | undefined): string[] =>
  body?.kind === "buffered" && isLarge(body) ? ["content-length", String(body.bytes.length)] : [];

// Not a generator: that would hold its argument as long as undici holds the stream.
const piecesOf = (bytes: Uint8Array): Readable => {
  let left: Uint8Array | undefined = bytes;
  return new Readable({
    read() {
      const piece = left?.subarray(0, PIECE_BYTES) ?? null;
      left = left && left.length > PIECE_BYTES ? left.subarray(PIECE_BYTES) : undefined;
      this.push(piece);
    },
  });
};

// From then on it cannot be sent again.
async function* noted(
  body: Extract<RelayBody, { kind: "streaming" }>,
  onPassed: RelayPorts["onPassed"],
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body.bytes) {
      body.begun = true;
      onPassed(chunk.length);
      yield chunk;
    }
  } catch (error) {
    body.broken = true;
    throw error;
  }
}

const refused = ({ status, code, param, message }: Refusal, headers: Fields, outcome: Outcome): Failure => {
  const id = headers["x-request-id"];
  const requestId = typeof id === "string" ? id : undefined;
  const report = { status, code: code ?? undefined, param: param ?? undefined, requestId, message };
  return new Failure("upstream-refused", undefined, {
    cause: new UpstreamError("OpenAI refused", report, outcome),
  });
};

// A caller who waits for no time at all, or cuts their own uploads off, must not take a key from everybody else.
const broken = (error: Error, { body, isCallersTime }: RelayedRequest): Failure => {
  const late = error instanceof errors.HeadersTimeoutError;
  const isCallers = late ? isCallersTime : (body?.kind === "streaming" && body.broken) || isOurOwn(error);
  const report = { message: redact(error.message) };
  const outcome: Outcome = isCallers
    ? { kind: "abandoned" }
    : { kind: "failed", how: late ? "timeout" : "connection" };
  const cause = new UpstreamError(late ? "no answer in time" : "OpenAI cannot be reached", report, outcome);
  return new Failure(late ? "upstream-timeout" : "upstream-refused", undefined, { cause });
};

// What undici would not send, and what our own shutdown ended.
const isOurOwn = (error: Error): boolean =>
  error instanceof errors.InvalidArgumentError ||
  error instanceof errors.NotSupportedError ||
  error instanceof errors.RequestContentLengthMismatchError ||
  error instanceof errors.ClientDestroyedError ||
  error instanceof errors.ClientClosedError;
