// The work of this thread, for tests that measure on a machine that is busy with other things.
import { createHash } from "node:crypto";

/** Milliseconds of CPU that this thread has used since it started. */
export const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** How many times longer than its CPU time work takes at the moment: 1 on a machine with nothing else to do. */
export const slowness = (): number => {
  const [began, beganCpu] = [performance.now(), cpuMs()];
  while (cpuMs() - beganCpu < SAMPLE_MS) createHash("sha256").update(sample).digest();
  return Math.max(1, (performance.now() - began) / SAMPLE_MS);
};

const SAMPLE_MS = 50;
const sample = new Uint8Array(64 * 1024);
