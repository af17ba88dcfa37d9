// Before the browser tests: Debian's Chromium and Firefox are there, or are installed where that is allowed.
import { findChromium } from "./chromium.ts";
import { installed } from "./debian.ts";
import { firefoxPath } from "./firefox.ts";

/** Vitest's global set-up for the project "browser". */
export const setup = async (): Promise<void> => {
  if (!findChromium()) await installed("/usr/bin/chromium", "chromium");
  await installed(firefoxPath, "firefox-esr");
};
