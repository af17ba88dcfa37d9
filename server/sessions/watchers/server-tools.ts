// A watcher that answers the model's calls of tools that the service runs: the browser never sees their arguments' use or secrets.
import type { Timers } from "../../clock.ts";
import type { Fact, ToolCall } from "../dialects/fact.ts";
import type { VoiceSession } from "../session.ts";
import { createForeignAnswers, type ForeignAnswers } from "./foreign-answers.ts";
import type { CreateWatcher, SessionControl, SessionWatcher } from "./watcher.ts";

export interface ServerToolPorts {
  /** Resolves with what the model is told; rejects only with what it must not be told. */
  runTool(session: VoiceSession, call: ToolCall, signal: AbortSignal): Promise<string>;
  timers: Pick<Timers, "after">;
}

/** Of one response: the model writes a few; more are answered with an error. */
const MAX_CALLS = 32;
/** Calls whose answers are remembered, so that none is answered twice. */
const MAX_REMEMBERED = 1000;
/** How long the page may take to answer its calls, before the model goes on without them. */
const PAGE_MS = 20_000;
/** How long the page may take to let the model go on, after the last answer. */
const PAGE_GOES_ON_MS = 1500;

const FAILED = JSON.stringify({ error: "The tool failed. Say so, and go on without it." });
/** What the replica before was asked, and was not answered yet, is not known. */
const INTERRUPTED =
  "The service was interrupted for a moment. A tool that you called and that has not answered will not answer any more: if there is one, say so, and ask the user whether to try it again. If there is none, do not mention this.";
const TOO_MANY = JSON.stringify({ error: "Too many calls at once. Call fewer tools." });

export const serverTools =
  (ports: ServerToolPorts): CreateWatcher =>
  (control) =>
    new ServerTools(ports, control);

/** The calls of one response, which are answered together. */
interface Batch {
  /** Ids of calls that the page has not answered yet. */
  awaitedFromPage: Set<string>;
  isAnswered: boolean;
  isOver: boolean;
}

class ServerTools implements SessionWatcher {
  readonly #ports: ServerToolPorts;
  readonly #control: SessionControl;
  readonly #names: ReadonlySet<string>;
  readonly #closing = new AbortController();
  /** Calls of server tools: whether the service's answer went out. */
  readonly #own = new Map<string, boolean>();
  /** Answers to calls that are not known yet, since a page sees a call before its response is over; the ids of their items. */
  readonly #early = new Map<string, string | undefined>();
  readonly #batches = new Set<Batch>();
  /** Answers that came while there was no connection. */
  readonly #unsent: { callId: string; output: string }[] = [];
  readonly #foreign: ForeignAnswers;
  #wasJoined = false;

  constructor(ports: ServerToolPorts, control: SessionControl) {
    this.#ports = ports;
    this.#control = control;
    this.#foreign = createForeignAnswers(control, (callId) => this.#own.get(callId) ?? false);
    this.#names = new Set(control.session.voice.serverTools);
  }

  onJoined(): void {
    const { dialect, session } = this.#control;
    const answers = this.#unsent.splice(0);
    if (answers.length > 0) {
      this.#control.send(dialect.answerCalls(answers, this.#control.eventPrefix()));
      this.#control.goOn();
    }
    const isTakenOver = session.term > 1 && !this.#wasJoined;
    this.#wasJoined = true;
    // GPT-Live would speak of it each time.
    if (isTakenOver && this.#names.size > 0 && session.interface === "realtime")
      this.#control.send(dialect.tell(INTERRUPTED, this.#control.eventPrefix()));
  }

  onFact(fact: Fact): void {
    this.#foreign.onFact(fact);
    if (fact.kind === "response-ended") this.#begin(fact.calls);
    else if (fact.kind === "tool-answered") this.#noteAnswer(fact.callId, fact.itemId);
    else if (fact.kind === "response-began") this.#noteResponse();
  }

  close(): void {
    this.#closing.abort(new Error("the session has ended"));
    for (const batch of this.#batches) batch.isOver = true;
    this.#batches.clear();
  }

  #begin(calls: readonly ToolCall[]): void {
    const own = calls.filter(({ name, callId }) => this.#names.has(name) && !this.#own.has(callId));
    if (own.length === 0) return;
    const others = calls.filter(({ name }) => !this.#names.has(name));
    const batch: Batch = {
      awaitedFromPage: new Set(
        others.map(({ callId }) => callId).filter((callId) => !this.#early.delete(callId)),
      ),
      isAnswered: false,
      isOver: false,
    };
    this.#batches.add(batch);
    for (const { callId } of own) {
      remember(this.#own, callId, false);
      if (this.#early.has(callId)) this.#foreign.refuse(callId, this.#early.get(callId));
    }
    this.#early.clear();
    void this.#answer(own, batch);
  }

  async #answer(calls: readonly ToolCall[], batch: Batch): Promise<void> {
    const stopNotice = this.#noticeWhenSlow(calls);
    const outputs = await Promise.all(calls.map((call, index) => this.#run(call, index)));
    stopNotice();
    if (this.#closing.signal.aborted) return;
    const { dialect } = this.#control;
    const open = outputs.filter(({ callId }) => this.#own.get(callId) === false);
    for (const { callId } of open) this.#own.set(callId, true);
    const isSent =
      open.length === 0 || this.#control.send(dialect.answerCalls(open, this.#control.eventPrefix()));
    if (!isSent) this.#unsent.push(...open);
    batch.isAnswered = true;
    if (batch.awaitedFromPage.size === 0) this.#goOn(batch);
    else this.#ports.timers.after(PAGE_MS, () => this.#goOn(batch));
  }

  async #run(call: ToolCall, index: number): Promise<{ callId: string; output: string }> {
    const { callId, name } = call;
    if (index >= MAX_CALLS) return { callId, output: TOO_MANY };
    this.#control.tell({ kind: "tool", name, state: "asked" });
    try {
      const output = await this.#ports.runTool(this.#control.session, call, this.#closing.signal);
      this.#control.tell({ kind: "tool", name, state: "answered" });
      return { callId, output };
    } catch {
      this.#control.tell({ kind: "tool", name, state: "failed" });
      return { callId, output: FAILED };
    }
  }

  /** Lets the model fill the silence. */
  #noticeWhenSlow(calls: readonly ToolCall[]): () => void {
    const { progress_seconds: seconds } = this.#control.session.voice;
    if (seconds === 0) return () => {};
    return this.#ports.timers.after(seconds * 1000, () => {
      const names = [...new Set(calls.map(({ name }) => name))].join(", ");
      const text = `The answer of ${names} takes a moment longer. Tell the user so in a few words, and wait for it; do not guess it.`;
      this.#control.send(this.#control.dialect.tell(text, this.#control.eventPrefix()));
      // GPT-Live speaks by itself, and refuses to go on while calls have no answer.
      if (this.#control.session.interface === "realtime") this.#control.goOn();
    });
  }

  #goOn(batch: Batch): void {
    if (batch.isOver) return;
    this.#finish(batch);
    this.#control.goOn();
  }

  #finish(batch: Batch): void {
    batch.isOver = true;
    this.#batches.delete(batch);
  }

  #noteAnswer(callId: string, itemId: string | undefined): void {
    if (this.#own.has(callId)) {
      if (!this.#control.isOwn(itemId)) this.#foreign.refuse(callId, itemId);
      return;
    }
    if (![...this.#batches].some(({ awaitedFromPage }) => awaitedFromPage.has(callId)))
      remember(this.#early, callId, itemId);
    for (const batch of this.#batches) {
      if (!batch.awaitedFromPage.delete(callId)) continue;
      if (!batch.isAnswered || batch.awaitedFromPage.size > 0) continue;
      // A page lets the model go on by itself when its own calls are answered; only where it does not, the service does.
      this.#ports.timers.after(PAGE_GOES_ON_MS, () => this.#goOn(batch));
    }
  }

  // A response that began after all answers were in knows them all.
  #noteResponse(): void {
    for (const batch of this.#batches) {
      if (batch.isAnswered && batch.awaitedFromPage.size === 0) this.#finish(batch);
    }
  }
}

const remember = <Value>(calls: Map<string, Value>, callId: string, value: Value): void => {
  calls.set(callId, value);
  if (calls.size <= MAX_REMEMBERED) return;
  const [oldest] = calls.keys();
  if (oldest !== undefined) calls.delete(oldest);
};
