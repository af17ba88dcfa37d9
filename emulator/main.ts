// The emulator as a program of its own: `npm run emulator`.
import { runEmulator } from "./command.ts";

const write = (text: string): void => {
  process.stdout.write(text);
};

try {
  const emulator = await runEmulator(process.argv.slice(2), process.env, write);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void emulator?.close());
  }
} catch (cause) {
  process.stderr.write(`emulator: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 1;
}
