// Opens a WebSocket at OpenAI and hands over its bare connection: what goes through it is between the two ends.
import { Agent, type Dispatcher } from "undici";
import { Failure } from "../failures/failure.ts";
import { redact } from "../observe/redact.ts";
import type { Tunnels } from "./tunnels.ts";
import { UpstreamError } from "./upstream.ts";

const TIMEOUT_MS = 10_000;

export const openTunnels = (): Tunnels => {
  const agent = new Agent({ headersTimeout: TIMEOUT_MS, connect: { timeout: TIMEOUT_MS } });
  return {
    open: ({ url, headers, signal }) =>
      new Promise((resolve, reject) => {
        const { origin, pathname, search } = new URL(url.replace(/^ws/, "http"));
        let controller: Dispatcher.DispatchController | undefined;
        const onAbort = () => controller?.abort(signal.reason);
        signal.addEventListener("abort", onAbort);
        const settle = () => signal.removeEventListener("abort", onAbort);
        agent.dispatch(
          { origin, path: pathname + search, method: "GET", upgrade: "websocket", headers },
          {
            onRequestStart: (started) => {
              controller = started;
              if (signal.aborted) onAbort();
            },
            onRequestUpgrade: (_, _status, fields, connection) => {
              settle();
              resolve({ headers: fields, connection });
            },
            onResponseStart: (flow, status) => {
              if (status >= 200) flow.abort(new Error(`OpenAI answered ${status}`));
            },
            onResponseError: (_, error) => {
              settle();
              reject(signal.aborted ? signal.reason : refused(error));
            },
          },
        );
      }),
    close: () => agent.destroy(),
  };
};

const refused = (error: Error): Failure => {
  const report = { message: redact(error.message) };
  const cause = new UpstreamError("the WebSocket does not open", report, {
    kind: "failed",
    how: "connection",
  });
  return new Failure("upstream-refused", undefined, { cause });
};
