// The name of a request, in the log, in the books and for the caller. Pure.

/**
 * A UUID of version 7 (RFC 9562), of a time in milliseconds since 1970 and a UUID of version 4. It begins with the time, so the ledger's
 * index by request grows at its end: with ids in no order, each record changes a page of its own there (docs/decisions/ledger.md).
 */
export const requestIdOf = (now: number, random: string): string => {
  const time = Math.trunc(now).toString(16).padStart(12, "0");
  // Of one text: V8 would hold the pieces for as long as the request lasts.
  return Buffer.from(`${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`, "latin1").toString(
    "latin1",
  );
};
