// GPT-Live's voice time as spans that are booked: the same for each replica that meters a session, so that each is paid once. Pure.

/** Charged when a session is created, and credited against its running time. */
export const CHARGED_AT_CREATE_SECONDS = 15;
const MINUTE_SECONDS = 60;

export interface VoiceSpan {
  /** The same on each replica that meters it. */
  usageId: string;
  seconds: number;
}

/**
 * Where spans begin and end: at the create, after what is charged there, and at each whole minute. The last part of a session ends
 * wherever that does; its name is that of its beginning, so that no whole span can begin there as well.
 */
const nextBoundary = (from: number): number =>
  from < CHARGED_AT_CREATE_SECONDS
    ? CHARGED_AT_CREATE_SECONDS
    : (Math.floor(from / MINUTE_SECONDS) + 1) * MINUTE_SECONDS;

/** The whole spans that are used up at `seconds` and were not at `booked`; what is charged at create is used up at once. */
export const wholeSpans = (booked: number, seconds: number): VoiceSpan[] => {
  const spans: VoiceSpan[] = [];
  const used = Math.max(seconds, CHARGED_AT_CREATE_SECONDS);
  let from = startOfSpan(booked);
  for (let to = nextBoundary(from); to <= used; to = nextBoundary(from)) {
    spans.push({ usageId: nameOf(from), seconds: to - from });
    from = to;
  }
  return spans;
};

/** The part that has begun when a session ends after `seconds`; undefined where it ends with a whole span. */
export const lastSpan = (seconds: number): VoiceSpan | undefined => {
  const used = Math.max(seconds, CHARGED_AT_CREATE_SECONDS);
  const from = startOfSpan(used);
  return used > from ? { usageId: nameOf(from), seconds: used - from } : undefined;
};

/** As long as OpenAI has told none: what the session is charged for by our own clock. */
export const clockSeconds = (openedAt: number, now: number): number =>
  Math.max(CHARGED_AT_CREATE_SECONDS, (now - openedAt) / 1000);

/** The boundary at or before `seconds`. */
export const startOfSpan = (seconds: number): number => {
  if (seconds < CHARGED_AT_CREATE_SECONDS) return 0;
  return seconds < MINUTE_SECONDS
    ? CHARGED_AT_CREATE_SECONDS
    : Math.floor(seconds / MINUTE_SECONDS) * MINUTE_SECONDS;
};

const nameOf = (from: number): string => `voice-${from}`;
