// Composes load shedding over the event loop of this process.
import type { Timers } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import type { Disposal } from "../disposal.ts";
import { readEventLoopDelay } from "../limits/event-loop-delay.node.ts";
import { createLoadShedding, type LoadShedding, noLoadShedding } from "../limits/load-shedding.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";

interface Ports {
  timers: Timers;
  log: Log;
  metrics: Pick<Metrics, "watchLoad">;
  /** In place of Node's own measurement. */
  readDelay: (() => number) | undefined;
}

/** What measures is closed by `stack`. */
export const openLoadShedding = (
  { load_shedding: isWanted }: Pick<Settings, "load_shedding">,
  { timers, log, metrics, readDelay }: Ports,
  stack: Disposal,
): LoadShedding => {
  if (!isWanted) return noLoadShedding;
  const load = createLoadShedding({
    timers,
    readDelay: readDelay ?? readEventLoopDelay(),
    onBegin: (delayMs) =>
      log.write("warn", "load-shedding-began", { event_loop_delay_ms: Math.round(delayMs) }),
    onEnd: ({ seconds, refused, delayMs }) =>
      log.write("info", "load-shedding-ended", {
        ...{ seconds, refused_requests: refused },
        longest_event_loop_delay_ms: Math.round(delayMs),
      }),
  });
  stack.use(load);
  metrics.watchLoad(load.figures);
  return load;
};
