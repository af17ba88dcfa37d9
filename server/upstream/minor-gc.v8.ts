// Keeps what has passed through from piling up in memory.
const EVERY_BYTES = 8 * 1024 * 1024;

/**
 * Bytes that pass through lie outside of the heap whose filling makes V8 collect: large files would leave 80 MB of them behind
 * until it does. A small collection now and then frees them; answers of an ordinary size hardly ever cause one.
 */
export const collectPassedBytes = (): ((bytes: number) => void) => {
  // Set by runtime.js.
  const { gc } = globalThis;
  if (!gc) return () => {};
  let passed = 0;
  return (bytes) => {
    passed += bytes;
    if (passed < EVERY_BYTES) return;
    passed = 0;
    void gc({ type: "minor" });
  };
};
