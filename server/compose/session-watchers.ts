// The watchers of a session that run its tools, caption it and moderate it.
import type { Clock, Timers } from "../clock.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Subscriber } from "../observe/event.ts";
import type { Log } from "../observe/log.ts";
import { batchesOf } from "../relay/moderation/batches.ts";
import { captions } from "../sessions/watchers/captions.ts";
import { type ModerationWatchPorts, moderation } from "../sessions/watchers/moderation-watch.ts";
import { type ToolPolicy, toolRunner } from "../sessions/watchers/run-tool.ts";
import { serverTools } from "../sessions/watchers/server-tools.ts";
import type { CreateWatcher } from "../sessions/watchers/watcher.ts";
import type { Upstream } from "../upstream/upstream.ts";

interface Ports {
  /** What is in force when a tool is called. */
  policy(): ToolPolicy;
  upstream: Pick<Upstream, "moderate">;
  moderationTimeoutMs(): number;
  clock: Clock;
  timers: Timers;
  emit: Subscriber;
  log: Log;
}

/** For each session; those that its profile does not ask for do nothing. */
export const sessionWatchers = (ports: Ports): readonly CreateWatcher[] => {
  const { policy, clock, timers, emit } = ports;
  return [
    serverTools({ runTool: toolRunner({ policy, clock, emit }), timers }),
    captions,
    moderation({ isFlagged: flagging(ports) }),
  ];
};

const flagging =
  ({ upstream, moderationTimeoutMs, log }: Ports): ModerationWatchPorts["isFlagged"] =>
  async ({ caller }, model, text, signal) => {
    try {
      for (const input of batchesOf([text])) {
        const request = { model, input, callerId: caller.id, signal, timeoutMs: moderationTimeoutMs() };
        if ((await upstream.moderate(request)).includes(true)) return true;
      }
    } catch (error) {
      if (!signal.aborted) log.write("warn", "moderation-unavailable", { cause: describeCause(error) });
    }
    return false;
  };
