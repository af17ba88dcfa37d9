// A signal that never aborts, and tells how many listeners it has.
import { getEventListeners } from "node:events";

export const countedSignal = () => {
  const { signal } = new AbortController();
  return { signal, listeners: () => getEventListeners(signal, "abort").length };
};
