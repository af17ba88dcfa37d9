// Preloaded into a program under measurement: at SIGUSR2 it collects its garbage and writes its memory in use to HEAP_REPORT.
import { renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
const file = process.env.HEAP_REPORT ?? "";

process.on("SIGUSR2", () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  // Written whole under another name first: the reader waits for the file.
  writeFileSync(`${file}.part`, String(heapUsed + external));
  renameSync(`${file}.part`, file);
});
