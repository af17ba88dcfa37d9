// The ledger's writer in a thread of its own, which begins with the first segment and is begun again where it ends unasked.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Timers } from "../clock.ts";
import type { Segment } from "../ledger/segments.ts";
import type { Writer, WriterPorts } from "../ledger/writer.ts";
import type { FromWriter, ToWriter, WriterData } from "./ledger-writer.ts";

type Ports = Pick<WriterPorts, "onDone" | "onFailure" | "onWritten"> & { timers: Pick<Timers, "after"> };

const RESTART_MS = 1000;

// Published, the sources are JavaScript.
const program = new URL(`./ledger-writer.worker${extname(import.meta.url)}`, import.meta.url);

export const threadedWriter = (workerData: WriterData, ports: Ports): Writer => {
  /** All that is not in the database yet, for a thread that begins. */
  const known = new Map<string, Segment>();
  let worker: Worker | undefined;
  let isStopped = false;
  let isWaiting = false;
  let settle = (): void => {};

  const take = (message: FromWriter): void => {
    switch (message.kind) {
      case "written":
        ports.onWritten(message.written);
        break;
      case "done":
        known.delete(message.segment);
        ports.onDone(message.segment);
        break;
      case "failed":
        ports.onFailure(message.error);
        break;
      case "settled":
        settle();
    }
  };
  const begin = (): Worker => {
    const begun = new Worker(program, { workerData, name: "ledger-writer" });
    // A process that has nothing else to do ends.
    begun.unref();
    begun.on("message", take);
    begun.on("error", ports.onFailure);
    begun.on("exit", () => {
      worker = undefined;
      settle();
      isWaiting = true;
      ports.timers.after(RESTART_MS, () => {
        isWaiting = false;
        resume();
      });
    });
    for (const segment of known.values()) tell({ kind: "add", segment }, begun);
    return begun;
  };
  const resume = (): void => {
    if (!isStopped && !isWaiting && known.size > 0) worker ??= begin();
  };
  const tell = (message: ToWriter, to: Worker | undefined): void => to?.postMessage(message);
  return {
    add: (segment) => {
      known.set(segment.name, segment);
      if (worker) tell({ kind: "add", segment }, worker);
      else resume();
    },
    settled: () => {
      if (!worker) return Promise.resolve();
      return new Promise((resolve) => {
        settle = resolve;
        tell({ kind: "settle" }, worker);
      });
    },
    stop: () => {
      isStopped = true;
      const stopping = worker;
      if (!stopping) return Promise.resolve();
      return new Promise((resolve) => {
        stopping.ref();
        stopping.once("exit", () => resolve());
        tell({ kind: "stop" }, stopping);
      });
    },
  };
};
