// One relayed answer on its way back to the caller, in one pass: its usage is read, and what only the service asked for taken out.
import type { Flow, Recipient } from "../upstream/relay.ts";
import type { ToldUsage } from "../usage/usage.ts";
import type { ReadBody } from "./request-body.ts";
import { UsageChunkFilter } from "./usage/usage-chunk.ts";
import { type UsageReader, usageReader } from "./usage/usage-reader.ts";

/** How an answer ended, and what it told. */
export interface AnswerFacts extends ToldUsage {
  status: number;
  openAiRequestId: string | undefined;
  /** Why it ended before it was whole. */
  broken: Error | undefined;
}

type Headers = Readonly<Record<string, string>>;

/** Passes an answer on to the caller's recipient. */
export class ResponseWatch implements Recipient {
  readonly #recipient: Recipient;
  readonly #body: Pick<ReadBody, "release"> | undefined;
  readonly #takesUsageOut: boolean;
  #status = 0;
  #openAiRequestId: string | undefined;
  #broken: Error | undefined;
  #usage: UsageReader | undefined;
  #filter: UsageChunkFilter | undefined;
  #hasEnded = false;
  #onEnded: (() => void) | undefined;

  /** `takesUsageOut`: whether the service asked for the stream's usage, and the caller did not. */
  constructor(recipient: Recipient, body: Pick<ReadBody, "release"> | undefined, takesUsageOut: boolean) {
    this.#recipient = recipient;
    this.#body = body;
    this.#takesUsageOut = takesUsageOut;
  }

  /** Resolves when the answer has ended, whole or not. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#hasEnded) resolve();
      else this.#onEnded = resolve;
    });
  }

  facts(): AnswerFacts {
    return {
      status: this.#status,
      openAiRequestId: this.#openAiRequestId,
      broken: this.#broken,
      usage: undefined,
      answeredModel: undefined,
      serviceTier: undefined,
      ...this.#usage?.told(),
    };
  }

  onHead(status: number, headers: Headers, flow: Flow): void {
    // From now on the request is not sent again.
    this.#body?.release();
    this.#status = status;
    this.#openAiRequestId = headers["x-request-id"];
    this.#usage = usageReader(headers);
    const isStream = this.#usage !== undefined && headers["content-type"]?.startsWith("text/event-stream");
    if (this.#takesUsageOut && status === 200 && isStream) this.#filter = new UsageChunkFilter();
    this.#recipient.onHead(status, this.#filter ? withoutLength(headers) : headers, flow);
  }

  onData(chunk: Uint8Array): void {
    const bytes = bufferOf(chunk);
    this.#usage?.read(bytes);
    if (this.#filter) this.#pass(this.#filter.filter(bytes));
    else this.#recipient.onData(chunk);
  }

  onEnd(): void {
    if (this.#filter) this.#pass(this.#filter.end());
    this.#recipient.onEnd();
    this.#end();
  }

  onBreak(reason: Error): void {
    this.#recipient.onBreak(reason);
    this.#broken = reason;
    this.#end();
  }

  #pass(bytes: Buffer): void {
    if (bytes.length > 0) this.#recipient.onData(bytes);
  }

  #end(): void {
    this.#hasEnded = true;
    this.#onEnded?.();
  }
}

const bufferOf = (chunk: Uint8Array): Buffer =>
  Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);

const withoutLength = ({ "content-length": _, ...headers }: Headers): Headers => headers;
