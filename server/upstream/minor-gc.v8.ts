// Minor garbage collections on demand, so that relayed bytes do not pile up in memory.

/** Responses of an ordinary size hardly ever cause a collection. */
const EVERY_BYTES = 8 * 1024 * 1024;

/**
 * Relayed chunks lie outside of V8's heap, so they do not make V8 collect. Measured: eight downloads of 32 MB at once peak at 165
 * MiB with these collections and at 265 without. Takes V8's `gc`, which is there with `--expose-gc` (runtime.js).
 */
export const collectRelayedBytes = (
  gc: ((options: { type: "minor" }) => unknown) | undefined = globalThis.gc,
): ((bytes: number) => void) => {
  if (!gc) return () => {};
  let relayed = 0;
  return (bytes) => {
    relayed += bytes;
    if (relayed < EVERY_BYTES) return;
    relayed = 0;
    void gc({ type: "minor" });
  };
};
