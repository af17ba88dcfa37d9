// Before the browser tests: Debian's Chromium and Firefox are installed, and the pages and the client are built where they are older
// than their sources.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { findChromium } from "./chromium.ts";
import { installed } from "./debian.ts";
import { firefoxPath } from "./firefox.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The text of client.js, as it is published. */
    clientModule: string;
  }
}

const root = new URL("../../", import.meta.url).pathname;

/** Vitest's global set-up for the project "browser". */
export const setup = async (project: TestProject): Promise<void> => {
  if (!findChromium()) await installed("/usr/bin/chromium", "chromium");
  await installed(firefoxPath, "firefox-esr");
  await promisify(execFile)(process.execPath, [join(root, "scripts/build.js")]);
  project.provide("clientModule", await readFile(join(root, "dist/client/client.js"), "utf8"));
};
