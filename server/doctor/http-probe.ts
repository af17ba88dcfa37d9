// Port: one HTTP request over a connection of its own, and when each part of the answer came.
import type { IncomingHttpHeaders } from "node:http";
import { isJsonRecord } from "../json/record.ts";

export interface HttpAnswer {
  /** 100 where a request with `expect` was told to go on. */
  status: number;
  headers: IncomingHttpHeaders;
  chunks: readonly { text: string; atMs: number }[];
  /** Milliseconds since 1970; undefined where there is no TLS. */
  certificateEndsAt: number | undefined;
}

export interface HttpRequest {
  /** GET when left out. */
  method?: string;
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** Whether any certificate will do, as for this machine's own port. */
  trustsAll?: boolean;
  signal: AbortSignal;
}

export type HttpProbe = (request: HttpRequest) => Promise<HttpAnswer>;

export const textOf = ({ chunks }: Pick<HttpAnswer, "chunks">): string =>
  chunks.map(({ text }) => text).join("");

/** The body, where it is a JSON object. */
export const jsonOf = (answer: Pick<HttpAnswer, "chunks">): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(textOf(answer));
    return isJsonRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Whether it is this service's answer at /healthz. */
export const isHealth = (answer: HttpAnswer): boolean =>
  answer.status === 200 && jsonOf(answer)?.status === "ok";
