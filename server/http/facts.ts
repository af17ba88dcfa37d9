// What is known of one request: facts that steps add to one object, never services.
import type { IncomingMessage } from "node:http";
import type { Caller } from "../auth/caller.ts";
import type { Amounts } from "../budgets/units.ts";
import type { HeldForResponse } from "../ledger/background-responses.ts";
import type { TimeBudget } from "../limits/time-budget.ts";
import type { Attempt, AttemptLog, JobDone, Refused, Subject } from "../observe/event.ts";
import type { RequestTrace } from "../observe/trace.ts";
import type { BrokerResponse } from "./server/broker-response.node.ts";

export interface FirstFacts {
  incoming: IncomingMessage;
  outgoing: BrokerResponse;
  /** As the router reads it, without the query. */
  path: string;
  /** As the table of operations has it, or `unmatched`. */
  route: string;
  requestId: string;
  /** Milliseconds of the monotonic clock. */
  startedAtMs: number;
  /** The client's own address, as far as trusted proxies tell. */
  address: string;
  /** Whether a trusted proxy passed the request on. */
  isProxied: boolean;
  /** Whether that proxy says that the client came by https. */
  isHttps: boolean;
}

interface Cleanup {
  work: () => void;
  next: Cleanup | undefined;
}

export class RequestFacts implements FirstFacts, AttemptLog {
  readonly incoming: IncomingMessage;
  readonly outgoing: BrokerResponse;
  readonly method: string;
  readonly path: string;
  readonly route: string;
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly address: string;
  readonly isProxied: boolean;
  readonly isHttps: boolean;
  readonly caller: Caller | undefined = undefined;
  /** Whether a browser asks what it may send (CORS); its answer is ready. */
  isPreflight = false;
  /** What is left of the time that the request may wait for shared state. */
  timeBudget: TimeBudget | undefined = undefined;
  /** What the request is about, once that is known. */
  subject: Subject | undefined = undefined;
  /** The model that is asked for, once that is known. */
  model: string | undefined = undefined;
  attempts: Attempt[] | undefined = undefined;
  /** Undefined where the request is not traced. */
  trace: RequestTrace | undefined = undefined;
  /** What budgets hold for it while it goes on; undefined where none is for it. */
  reserved: Amounts | undefined = undefined;
  /** What budgets hold already of what its answer tells. */
  heldBefore: HeldForResponse | undefined = undefined;
  /** The job that was done. */
  done: JobDone | undefined = undefined;
  refusal: Refused | undefined = undefined;
  /** The caller's own words for it. */
  tags: readonly string[] | undefined = undefined;
  /** When the handler began, in milliseconds of the monotonic clock. */
  jobStartedAtMs: number | undefined = undefined;
  /** Why the answer was cut off. */
  cutOff: string | undefined = undefined;
  /** Whether the caller left before a refusal could be told. */
  isAborted = false;
  #signal: AbortSignal | undefined = undefined;
  #cleanup: Cleanup | undefined = undefined;

  constructor(first: FirstFacts) {
    this.incoming = first.incoming;
    this.outgoing = first.outgoing;
    this.method = first.incoming.method ?? "GET";
    this.path = first.path;
    this.route = first.route;
    this.requestId = first.requestId;
    this.startedAtMs = first.startedAtMs;
    this.address = first.address;
    this.isProxied = first.isProxied;
    this.isHttps = first.isHttps;
  }

  /** A header as Node parsed it, by its name in small letters; one that was given several times is joined by commas. */
  header(name: string): string | undefined {
    const value = this.incoming.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** The address as the caller has it, without its origin. */
  get publicAddress(): string {
    return this.outgoing.basePath + (this.incoming.url ?? "/");
  }

  /** The query string as it came, without its question mark. */
  get query(): string {
    const { url = "" } = this.incoming;
    const mark = url.indexOf("?");
    return mark === -1 ? "" : url.slice(mark + 1);
  }

  /** Aborts when the caller's connection closes before the answer was sent. Made when first asked for: it costs as much as most tools. */
  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.outgoing);
    return this.#signal;
  }

  /** Runs `work` when the request has ended, however it ends; the last one given comes first. */
  onEnd(work: () => void): void {
    this.#cleanup = { work, next: this.#cleanup };
  }

  end(): void {
    while (this.#cleanup) {
      const { work, next } = this.#cleanup;
      this.#cleanup = next;
      work();
    }
  }
}

// The web request's own signal does the same, but asking for it builds the whole web request.
const signalOf = (outgoing: BrokerResponse): AbortSignal => {
  const controller = new AbortController();
  if (outgoing.destroyed) controller.abort();
  else
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) controller.abort();
    });
  return controller.signal;
};
