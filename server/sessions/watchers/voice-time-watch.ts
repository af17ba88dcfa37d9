// Books the voice time of a GPT-Live session: what OpenAI counts, and by our own clock what it does not tell.
import type { Clock } from "../../clock.ts";
import type { Subscriber } from "../../observe/event.ts";
import { noQuantities } from "../../usage/quantities.ts";
import type { SpentOn } from "../../usage/spent.ts";
import { eventOf } from "../run/session-events.ts";
import {
  CHARGED_AT_CREATE_SECONDS,
  clockSeconds,
  lastSpan,
  startOfSpan,
  type VoiceSpan,
  wholeSpans,
} from "./voice-time.ts";
import type { CreateWatcher } from "./watcher.ts";

export interface VoiceTimePorts {
  /** By the prices that are in force. */
  spentOn: SpentOn;
  clock: Pick<Clock, "now">;
  emit: Subscriber;
}

/** OpenAI tells about once a minute. What is overdue by so much is booked by the clock, which is ahead by the time of connecting. */
const OVERDUE_SECONDS = 90;

export const voiceTimeWatch =
  ({ spentOn, clock, emit }: VoiceTimePorts): CreateWatcher =>
  (control) => {
    const { session, totals } = control;
    let known = totals.voiceSeconds;
    let unseenSeconds = totals.unseenSeconds;
    let hasLast = false;

    const book = ({ usageId, seconds }: VoiceSpan): number => {
      const spent = spentOn({
        ...{ method: "POST", path: "/v1/live/sessions", status: 200, cache: undefined, countsUsage: true },
        ...{ model: session.model, answeredModel: undefined, serviceTier: undefined },
        ...{ upstreamKey: session.upstreamKey, usage: { seconds } },
      }) ?? { quantities: { ...noQuantities, seconds }, costNanoUsd: undefined };
      emit({
        ...eventOf(session, clock.now()),
        ...{ kind: "voice-metered", usageId, of: "voice-time", model: session.model, spent },
      });
      return spent.costNanoUsd ?? 0;
    };
    const add = (spans: readonly VoiceSpan[], voiceSeconds: number): void => {
      const costNanoUsd = spans.map(book).reduce((sum, cost) => sum + cost, 0);
      control.add({ costNanoUsd, voiceSeconds });
    };
    const advance = (seconds: number): void => {
      if (hasLast || seconds <= known) return;
      add(wholeSpans(known, seconds), seconds - known);
      known = seconds;
    };
    const end = (seconds: number): void => {
      if (hasLast) return;
      advance(seconds);
      // The clock may have been ahead: OpenAI's count holds for all that is not booked yet.
      const used = Math.max(seconds, startOfSpan(known));
      const last = lastSpan(used);
      add(last ? [last] : [], used - known);
      known = used;
      hasLast = true;
    };

    // What is charged at create. The replica before may have died while it wrote its newest span: that has the same name.
    if (known === 0) {
      add(wholeSpans(0, 0), CHARGED_AT_CREATE_SECONDS);
      known = CHARGED_AT_CREATE_SECONDS;
    } else if (session.term > 1) {
      const newest = wholeSpans(0, known).at(-1);
      if (newest) book(newest);
    }
    return {
      onFact: (fact) => {
        if (fact.kind === "voice-time") advance(fact.seconds);
        if (fact.kind === "over" && fact.seconds !== undefined) end(fact.seconds);
      },
      onTick: (now) => {
        const isUnseen = totals.unseenSeconds > unseenSeconds;
        ({ unseenSeconds } = totals);
        const seconds = clockSeconds(session.openedAt, now);
        advance(isUnseen ? seconds : seconds - OVERDUE_SECONDS);
      },
      close: (isOver) => {
        if (isOver) end(Math.max(known, clockSeconds(session.openedAt, clock.now())));
      },
    };
  };
