// The emulator as a program of its own, `npm run emulator`, and as a module for tests.
import { runEmulator } from "./command.ts";

export { runEmulator } from "./command.ts";
export { type Emulator, type EmulatorOptions, startEmulator } from "./emulator.ts";

const run = async (): Promise<void> => {
  const write = (text: string) => void process.stdout.write(text);
  const emulator = await runEmulator(process.argv.slice(2), process.env, write);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void emulator?.close());
  }
};

if (import.meta.main) {
  await run().catch((cause: unknown) => {
    process.stderr.write(`emulator: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exitCode = 1;
  });
}
