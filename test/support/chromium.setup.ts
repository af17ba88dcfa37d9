// Before the browser tests: Debian's Chromium is there, or is installed where that is allowed.
import { spawn } from "node:child_process";
import { findChromium } from "./chromium.ts";

const command = "apt-get update && apt-get install -y chromium";

/** Vitest's global set-up for the project "browser". */
export const setup = async (): Promise<void> => {
  if (findChromium()) return;
  if (process.getuid?.() !== 0) throw new Error(`The browser tests need Chromium. As root: ${command}`);
  const code = await run(command);
  if (code !== 0 || !findChromium()) throw new Error(`Chromium could not be installed by: ${command}`);
};

const run = (line: string): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", line], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive" },
    });
    child.once("error", reject);
    child.once("exit", resolve);
  });
