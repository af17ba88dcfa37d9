// The client module alone: a page that does its own WebRTC, and one that finds the service under a path.
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openClientPage } from "./client-page.ts";

declare global {
  interface Window {
    heard: string[];
  }
}

let browser: Browser;
let client: string;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
  client = inject("clientModule");
});
afterAll(() => browser.close());

it("is enough for fifteen lines of WebRTC", async () => {
  const page = await readFile(new URL("./pages/client-raw/page.js", import.meta.url), "utf8");
  const watch = `window.heard = []; document.addEventListener("realtime", ({ detail }) => heard.push(detail.type));`;
  const html = `<audio autoplay></audio><script>${watch}</script><script type="module" src="/page.js"></script>`;
  await using voice = await openClientPage(browser, {
    files: { "index.html": html, "page.js": page, "client.js": client },
  });
  for (const type of ["session.created", "input_audio_buffer.speech_stopped", "response.created"])
    await voice.page.waitForFunction((wanted) => window.heard.includes(wanted), type);
});

it("talks to the folder that it was loaded from", async () => {
  const html = `<script type="module">
    import { brokerClient } from "/voice/client.js?v=1/2";
    document.querySelector("button").onclick = () => brokerClient().listTools();
  </script><button>Ask</button>`;
  await using voice = await openClientPage(browser, {
    files: { "index.html": html, "voice/client.js?v=1/2": client },
  });
  const asked = voice.page.waitForRequest((request) => request.url().endsWith("/tools"));
  await voice.page.getByRole("button").click();
  expect(new URL((await asked).url()).pathname).toBe("/voice/tools");
});
