// What goes on in one session: its events become facts, of which its watchers are told, and what they do is sent.
import type { Clock, Timers } from "../../clock.ts";
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";
import type { Fact, VoiceDialect } from "../dialects/fact.ts";
import type { EndReason, SessionTotals, VoiceSession } from "../session.ts";
import type { CreateWatcher, SessionControl, SessionWatcher, Told } from "../watchers/watcher.ts";
import { createOwnEvents, type OwnEvents } from "./own-events.ts";
import { createTurns } from "./turns.ts";

export interface ConversationPorts {
  dialect: VoiceDialect;
  watchers: readonly CreateWatcher[];
  clock: Pick<Clock, "now">;
  randomId(): string;
  /** Sends a message to OpenAI. Answers whether there is a connection. */
  send(message: string): boolean;
  end(reason: EndReason): void;
  tell(told: Told): void;
  onOver(reason: EndReason): void;
  /** It cannot be watched over. */
  onFailure(error: unknown): void;
}

export class Conversation implements SessionControl {
  readonly session: VoiceSession;
  readonly dialect: VoiceDialect;
  readonly totals: SessionTotals;
  activeAt: number;
  /** Whether anything was heard that the service did not cause itself. */
  isHeard: boolean;
  readonly #ports: ConversationPorts;
  readonly #own: OwnEvents;
  readonly #watchers: readonly SessionWatcher[];
  readonly #turns = createTurns(() => this.send([this.dialect.goOn(this.eventPrefix())]));
  /** Told when a response has ended. */
  #onQuiet: (() => void) | undefined;
  #ownUpdates = 0;
  #isClosed = false;

  constructor(session: VoiceSession, ports: ConversationPorts) {
    this.session = session;
    this.dialect = ports.dialect;
    this.totals = { ...session.totals };
    this.activeAt = session.activeAt;
    this.isHeard = session.activeAt > session.openedAt;
    this.#ports = ports;
    this.#own = createOwnEvents(ports.randomId);
    this.#watchers = ports.watchers.map((create) => create(this));
  }

  /** Resolves when the model is silent, or after `ms` milliseconds. */
  lastAnswer({ after }: Pick<Timers, "after">, ms: number): Promise<void> {
    if (!this.#turns.isAnswering) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = after(ms, resolve);
      this.#onQuiet = () => {
        cancel();
        resolve();
      };
    });
  }

  onMessage(message: Buffer): void {
    if (this.#isClosed || this.dialect.isIgnored(message)) return;
    const event = parse(message);
    if (!event) return;
    if (event.type !== "session.updated") this.isHeard = true;
    try {
      for (const fact of this.dialect.read(event)) this.#take(fact);
    } catch (error) {
      this.#ports.onFailure(error);
    }
  }

  /** What was said while there was no connection is not known. */
  onJoined(): void {
    this.#ownUpdates = 0;
    this.#turns.forget();
    this.#each((watcher) => watcher.onJoined?.());
  }

  onLost(): void {
    this.#onQuiet?.();
  }

  tick(now: number): void {
    this.#each((watcher) => watcher.onTick?.(now));
  }

  /** As for `SessionWatcher`. */
  close(isOver: boolean): void {
    if (this.#isClosed) return;
    this.#each((watcher) => watcher.close?.(isOver));
    this.#isClosed = true;
  }

  add(used: Partial<SessionTotals>): void {
    const { totals } = this;
    totals.responses += used.responses ?? 0;
    totals.tokens += used.tokens ?? 0;
    totals.costNanoUsd += used.costNanoUsd ?? 0;
    totals.voiceSeconds += used.voiceSeconds ?? 0;
    totals.unseenSeconds += used.unseenSeconds ?? 0;
  }

  eventPrefix(): string {
    return this.#own.next();
  }

  isOwn(clientEventId: string | undefined): boolean {
    return this.#own.has(clientEventId);
  }

  send(events: readonly JsonRecord[]): boolean {
    let areSent = true;
    for (const event of events) {
      const isSent = this.#ports.send(JSON.stringify(event));
      if (isSent && event.type === "session.update") this.#ownUpdates += 1;
      areSent &&= isSent;
    }
    return areSent;
  }

  goOn(): void {
    this.#turns.ask();
  }

  end(reason: EndReason): void {
    this.#ports.end(reason);
  }

  tell(told: Told): void {
    this.#ports.tell(told);
  }

  #each(work: (watcher: SessionWatcher) => void): void {
    for (const watcher of this.#watchers) {
      try {
        work(watcher);
      } catch (error) {
        this.#ports.onFailure(error);
      }
    }
  }

  #take(fact: Fact): void {
    if (this.#isClosed) return;
    this.#note(fact);
    for (const watcher of this.#watchers) watcher.onFact(fact);
    if (fact.kind === "response-ended") this.#onQuiet?.();
    if (fact.kind === "over") this.#ports.onOver(fact.reason);
  }

  #note(fact: Fact): void {
    switch (fact.kind) {
      case "activity":
        this.activeAt = this.#ports.clock.now();
        break;
      case "response-began":
        this.#turns.began(fact.responseId);
        break;
      case "response-ended":
        this.#turns.ended(fact.responseId);
        break;
      case "updated":
        if (this.#ownUpdates > 0) this.#ownUpdates -= 1;
        else this.isHeard = true;
        break;
      case "error":
        if (fact.code === "conversation_already_has_active_response" && this.isOwn(fact.clientEventId))
          this.#turns.refused();
        break;
      case "expires":
      case "instructed":
      case "over":
      case "removed":
      case "said":
      case "tool-answered":
      case "usage":
      case "voice-time":
        break;
    }
  }
}

const parse = (message: Buffer): JsonRecord | undefined => {
  try {
    const event: unknown = JSON.parse(message.toString("utf8"));
    return isJsonRecord(event) ? event : undefined;
  } catch {
    return undefined;
  }
};
