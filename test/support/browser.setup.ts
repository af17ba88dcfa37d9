// Before the browser tests: Debian's Chromium and Firefox are installed, and the voice page and the client are built once for all of them.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
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

const buildClient = async (): Promise<string> => {
  const outDir = await mkdtemp(join(tmpdir(), "realtime-key-broker-client-"));
  try {
    await build({ configFile: join(root, "client/vite.config.ts"), logLevel: "warn", build: { outDir } });
    return await readFile(join(outDir, "client.js"), "utf8");
  } finally {
    await rm(outDir, { recursive: true });
  }
};

/** Vitest's global set-up for the project "browser". */
export const setup = async (project: TestProject): Promise<void> => {
  if (!findChromium()) await installed("/usr/bin/chromium", "chromium");
  await installed(firefoxPath, "firefox-esr");
  // The broker serves the page from dist/, where it may be older than its source.
  for (const page of ["web-demo", "web-admin"]) {
    await build({ configFile: join(root, page, "vite.config.ts"), logLevel: "warn" });
  }
  project.provide("clientModule", await buildClient());
};
