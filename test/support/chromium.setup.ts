// Before the browser tests: Debian's Chromium is there, or is installed where that is allowed.
import { findChromium } from "./chromium.ts";
import { installed } from "./debian.ts";

/** Vitest's global set-up for the project "browser". */
export const setup = async (): Promise<void> => {
  if (!findChromium()) await installed("/usr/bin/chromium", "chromium");
};
