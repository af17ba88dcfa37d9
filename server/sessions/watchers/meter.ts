// Meters a session: what OpenAI says that its parts used, and by the clock what the service could not see.
import type { Clock } from "../../clock.ts";
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";
import type { Subscriber } from "../../observe/event.ts";
import type { VoiceMetered } from "../../observe/voice-event.ts";
import { noQuantities, type Quantities, type Spent } from "../../usage/quantities.ts";
import type { SpentOn } from "../../usage/spent.ts";
import type { Fact } from "../dialects/fact.ts";
import { eventOf } from "../run/session-events.ts";
import type { CreateWatcher } from "./watcher.ts";

export interface MeterPorts {
  /** By the prices that are in force. */
  spentOn: SpentOn;
  clock: Pick<Clock, "now">;
  emit: Subscriber;
}

type UsageFact = Extract<Fact, { kind: "usage" }>;

/** OpenAI tells of each part once; the newest are remembered. */
const MAX_SEEN = 256;
/** While a session is not seen, it is booked so often. */
const UNSEEN_SPAN_SECONDS = 60;
const unknown: Spent = { quantities: noQuantities, costNanoUsd: undefined };

/** As `SpentOn` knows requests: the path says what tokens are where the usage does not. */
const paths = {
  response: "/v1/realtime",
  transcription: "/v1/audio/transcriptions",
  backend: "/v1/responses",
} as const;

export const meter =
  ({ spentOn, clock, emit }: MeterPorts): CreateWatcher =>
  (control) => {
    const { session } = control;
    const seen = new Set<string>();
    let transcriptionModel = transcriptionModelIn(session.session);
    let bookedUnseen = control.totals.unseenSeconds;
    let lastUnseen = bookedUnseen;

    const book = (metered: Pick<VoiceMetered, "model" | "of" | "spent" | "usageId">): void => {
      const { quantities, costNanoUsd = 0 } = metered.spent;
      control.add({ tokens: tokensIn(quantities), costNanoUsd });
      emit({ ...eventOf(session, clock.now()), kind: "voice-metered", ...metered });
    };
    const modelOf = ({ of, model }: UsageFact): string | undefined => {
      if (model !== undefined || of === "backend") return model;
      return of === "transcription" ? transcriptionModel : session.model;
    };
    const bookUsage = (fact: UsageFact): void => {
      const usageId = `${fact.of}:${fact.id.slice(0, 200)}`;
      if (seen.has(usageId)) return;
      remember(seen, usageId);
      const model = modelOf(fact);
      const spent = spentOn({
        ...{ method: "POST", path: paths[fact.of], status: 200, cache: undefined, countsUsage: true },
        ...{ model, answeredModel: undefined, serviceTier: fact.serviceTier },
        ...{ upstreamKey: session.upstreamKey, usage: fact.usage },
      });
      if (fact.of === "response") control.add({ responses: 1 });
      book({ usageId, of: fact.of, model, spent: spent ?? unknown });
    };
    const bookUnseen = (now: number): void => {
      const seconds = control.totals.unseenSeconds - bookedUnseen;
      // Voice time is counted on at OpenAI, and booked as such.
      if (seconds <= 0 || session.interface === "live") return;
      bookedUnseen += seconds;
      const costNanoUsd = Math.round((seconds / 60) * session.voice.usd_per_minute * 1e9);
      // By its beginning it has a name of its own, also where another replica saw the rest of the session.
      const usageId = `unseen:${Math.round(now - seconds * 1000)}`;
      const spent = { quantities: { ...noQuantities, seconds }, costNanoUsd };
      book({ usageId, of: "unseen-time", model: session.model, spent });
    };
    return {
      onFact: (fact) => {
        if (fact.kind === "usage") bookUsage(fact);
        else if (fact.kind === "updated") transcriptionModel = transcriptionModelIn(fact.session);
      },
      onTick: (now) => {
        const { unseenSeconds } = control.totals;
        const isSeenAgain = unseenSeconds === lastUnseen;
        if (isSeenAgain || unseenSeconds - bookedUnseen >= UNSEEN_SPAN_SECONDS) bookUnseen(now);
        lastUnseen = unseenSeconds;
      },
      close: () => bookUnseen(clock.now()),
    };
  };

const remember = (seen: Set<string>, id: string): void => {
  seen.add(id);
  if (seen.size <= MAX_SEEN) return;
  for (const oldest of seen) {
    seen.delete(oldest);
    return;
  }
};

const tokensIn = ({ seconds: _, images: _images, ...tokens }: Quantities): number =>
  Object.values(tokens).reduce((sum, count) => sum + count, 0);

const transcriptionModelIn = ({ audio }: JsonRecord): string | undefined => {
  const input = isJsonRecord(audio) ? audio.input : undefined;
  const transcription = isJsonRecord(input) ? input.transcription : undefined;
  const model = isJsonRecord(transcription) ? transcription.model : undefined;
  return typeof model === "string" ? model : undefined;
};
