// Puts right what the page changes of a session without leave, and ends the session where it goes on doing so.
import type { Clock } from "../../clock.ts";
import type { JsonRecord } from "../../json/record.ts";
import type { Subscriber } from "../../observe/event.ts";
import { eventOf } from "../run/session-events.ts";
import {
  isAltered,
  isOverridden,
  resembles,
  updateOf,
  type Watched,
  watchedOf,
  withAllowed,
} from "../store/session-changes.ts";
import type { CreateWatcher, SessionControl, SessionWatcher } from "./watcher.ts";

export interface EnforcePorts {
  /** The dotted paths of the session that a profile lets callers set. */
  overridesOf(profile: string): readonly string[];
  clock: Pick<Clock, "now">;
  emit: Subscriber;
}

/** `@openai/agents-realtime` sends its own settings when it connects, whether they are wanted or not. */
const MAX_AT_FIRST = 2;
const OFTEN_MS = 10_000;
const MAX_OFFENCES = 5;

/** Of a session that was given none: the page may have added some. */
const noTools: Watched = { tools: [], tool_choice: "auto" };

export const enforce =
  (ports: EnforcePorts): CreateWatcher =>
  (control) => {
    const watcher = new Enforcer(control, ports);
    return {
      onJoined: () => watcher.onJoined(),
      onFact: (fact) => watcher.onFact(fact),
    };
  };

class Enforcer implements Pick<SessionWatcher, "onFact" | "onJoined"> {
  readonly #control: SessionControl;
  readonly #ports: EnforcePorts;
  /** As it was given, with what the page has changed by leave. */
  #settings: Watched;
  /** As OpenAI shows the session when it is as it should be; undefined until it was seen. */
  #expected: Watched | undefined;
  /** As OpenAI showed it last. */
  #shown: Watched = {};
  /** Updates of the service's own that OpenAI has not confirmed: which of those that it tells of is whose, it does not say. */
  #outstanding = 0;
  #updatePrefix: string | undefined;
  #isAltered = false;
  #isLocked = false;
  #isAnswerOwed = false;
  #hasAnswered: boolean;
  #atFirst = 0;
  #offences = 0;
  #lastOffenceAt = Number.NEGATIVE_INFINITY;

  constructor(control: SessionControl, ports: EnforcePorts) {
    this.#control = control;
    this.#ports = ports;
    this.#settings = watchedOf(control.session.session);
    this.#hasAnswered = control.session.totals.responses > 0;
  }

  // OpenAI confirms it with the whole session, its own defaults among it, before the page can have changed anything; and it puts right
  // what was changed while no one looked.
  onJoined(): void {
    this.#outstanding = 0;
    this.#putRight();
  }

  onFact: SessionWatcher["onFact"] = (fact) => {
    if (this.#isLocked) return;
    switch (fact.kind) {
      case "updated":
        this.#onUpdated(watchedOf(fact.session));
        break;
      case "response-began":
        this.#onResponse(fact.responseId, fact.response);
        break;
      case "instructed":
        this.#onInstructed(fact.itemId);
        break;
      case "error":
        this.#onError(fact.clientEventId);
        break;
    }
  };

  #onUpdated(now: Watched): void {
    const expected = this.#expectedAfter(now);
    this.#shown = now;
    this.#isAltered = expected === undefined || isAltered(expected, now);
    if (expected) this.#expected = expected;
    this.#outstanding = Math.max(0, this.#outstanding - 1);
    if (!this.#isAltered) {
      this.#settings = withAllowed(this.#settings, now, this.#allowed());
      this.#answerNow();
      return;
    }
    if (this.#outstanding === 0) this.#putRight();
    this.#count();
  }

  /** Undefined where the session cannot be the one that was given. */
  #expectedAfter(now: Watched): Watched | undefined {
    if (this.#expected) return withAllowed(this.#expected, now, this.#allowed());
    const isFirst = this.#isNew() && this.#outstanding > 0;
    return isFirst || resembles(withAllowed(this.#settings, now, this.#allowed()), now) ? now : undefined;
  }

  #allowed(): readonly string[] {
    return this.#ports.overridesOf(this.#control.session.profile);
  }

  /** Whether it was seen from its beginning, so that the page cannot have changed it when it is joined. */
  #isNew(): boolean {
    const { session, totals } = this.#control;
    return session.term <= 1 && totals.unseenSeconds === 0;
  }

  #onResponse(responseId: string, response: JsonRecord): void {
    const overrides = isOverridden(this.#shown, response);
    if (!this.#isAltered && !overrides) {
      this.#hasAnswered = true;
      return;
    }
    const { cancel } = this.#control.dialect;
    if (cancel) this.#control.send([cancel(responseId, this.#control.eventPrefix())]);
    if (overrides) this.#count();
    else this.#isAnswerOwed = true;
  }

  #onInstructed(itemId: string): void {
    const { remove } = this.#control.dialect;
    if (!remove || this.#control.isOwn(itemId)) return;
    this.#control.send([remove(itemId, this.#control.eventPrefix())]);
    this.#count();
  }

  // What OpenAI refuses to put right stays altered.
  #onError(clientEventId: string | undefined): void {
    if (this.#updatePrefix === undefined || !clientEventId?.startsWith(this.#updatePrefix)) return;
    this.#outstanding = 0;
    if (this.#isAltered) this.#control.end("altered");
  }

  #putRight(): void {
    const prefix = this.#control.eventPrefix();
    const before = this.#expected ?? (this.#isNew() ? {} : noTools);
    const update = this.#control.dialect.restore(updateOf({ ...before, ...this.#settings }), prefix);
    // OpenAI itself keeps the page from changing it.
    this.#isLocked = update === undefined;
    if (!update) return;
    this.#outstanding += 1;
    this.#updatePrefix = prefix;
    this.#control.send([update]);
  }

  /** The response that began under altered settings, under the right ones. */
  #answerNow(): void {
    if (!this.#isAnswerOwed) return;
    this.#isAnswerOwed = false;
    this.#control.goOn();
  }

  #count(): void {
    if (!this.#hasAnswered && this.#atFirst < MAX_AT_FIRST) {
      this.#atFirst += 1;
      return;
    }
    const now = this.#ports.clock.now();
    this.#ports.emit({ kind: "session-trouble", what: "altered", ...eventOf(this.#control.session, now) });
    this.#offences += 1;
    if (now - this.#lastOffenceAt <= OFTEN_MS || this.#offences >= MAX_OFFENCES) this.#control.end("altered");
    this.#lastOffenceAt = now;
  }
}
