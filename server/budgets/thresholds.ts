// Which shares of a budget are worth an alert. Pure.

/** In percent. */
export const thresholds = [80, 90, 100] as const;
export type Threshold = (typeof thresholds)[number];

/** The highest threshold that is reached; undefined below all. */
export const thresholdOf = (spent: number, limit: number): Threshold | undefined =>
  thresholds.findLast((threshold) => spent * 100 >= limit * threshold);

/** From here on a budget counts as used up as soon as it refuses a request: what is left is too little for what is asked. */
const NEARLY = 90;

/** The same where a request was refused. */
export const thresholdOfRefusal = (spent: number, limit: number): Threshold | undefined =>
  spent * 100 >= limit * NEARLY ? 100 : thresholdOf(spent, limit);
