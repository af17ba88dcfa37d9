// Finders: the callers that found a fault with a key. What one caller finds counts for that caller alone, until another finds
// the same: no caller takes a key from the others. Pure.

export type Finders = "none" | "several" | { only: string };

/** Without a caller it was a probe's finding, which counts for everyone. */
export const addFinder = (finders: Finders, callerId: string | undefined): Finders => {
  if (callerId === undefined || finders === "several") return "several";
  if (finders === "none") return { only: callerId };
  return finders.only === callerId ? finders : "several";
};

/** Whether the fault counts for this caller; without a caller, whether anyone found it. */
export const countsFor = (finders: Finders, callerId: string | undefined): boolean => {
  if (finders === "none") return false;
  return finders === "several" || callerId === undefined || finders.only === callerId;
};
