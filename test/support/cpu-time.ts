// The work of this thread, for tests that measure on a machine that is busy with other things.

/** Milliseconds of CPU that this thread has used since it started. */
export const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
