// One request, one answer read whole, over one undici pool per origin: connections are reused under load.
import { Agent, type Dispatcher } from "undici";
import { BrokenAnswerError } from "./broken-answer.ts";

export interface Question {
  origin: string;
  /** With its query. */
  path: string;
  /** Name, value, name, value, …: the form that costs least to send. */
  headers: string[];
  body: string;
  /** Ends it when whoever asks has gone. */
  signal: AbortSignal;
  /** For all of it: waiting for a connection, connecting, sending, reading. */
  timeoutMs: number;
}

export interface Answer {
  status: number;
  /** By name in small letters. */
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface HttpClient {
  /** Rejects with the signal's reason, a `TimeoutError`, a `BrokenAnswerError`, or what the connection failed with. */
  post(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

/** An address that cannot be had makes room for another key soon. */
const CONNECT_MS = 5000;

/** So many connections at most to each origin. */
export const pooledHttpClient = ({ connections }: { connections: number }): HttpClient => {
  const agent = new Agent({
    connections,
    keepAliveTimeout: 30_000,
    maxResponseSize: 1024 * 1024,
    connect: { timeout: CONNECT_MS },
  });
  // A fetch would build a web request and response, and stream what is read back at once: twice the cost of sending.
  const post = ({ origin, path, headers, body, signal, timeoutMs }: Question): Promise<Answer> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const chunks: Buffer[] = [];
      let head: Pick<Answer, "headers" | "status"> = { status: 0, headers: {} };
      let controller: Dispatcher.DispatchController | undefined;
      let gone: Error | undefined;
      const end = (reason: Error) => {
        gone = reason;
        settle();
        controller?.abort(reason);
        reject(reason);
      };
      const onAbort = () => end(signal.reason);
      const onTimeout = () => end(new DOMException("no answer in time", "TimeoutError"));
      const timer = setTimeout(onTimeout, timeoutMs);
      signal.addEventListener("abort", onAbort);
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      };
      agent.dispatch(
        { origin, path, method: "POST", headers, body },
        {
          onRequestStart: (started) => {
            controller = started;
            // It may have waited for a connection until nobody wanted it any more.
            if (gone) started.abort(gone);
          },
          onResponseStart: (_, status, received) => {
            head = { status, headers: received };
          },
          onResponseData: (_, chunk) => {
            chunks.push(chunk);
          },
          onResponseEnd: () => {
            settle();
            resolve({ ...head, text: Buffer.concat(chunks).toString("utf8") });
          },
          onResponseError: (_, error) => {
            settle();
            reject(head.status === 0 ? error : new BrokenAnswerError(head.status, error));
          },
        },
      );
    });
  return { post, close: () => agent.close() };
};
