// The README's ten lines, in a page of another site, in real Chromium.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker } from "../support/broker.ts";
import { launchChromium } from "../support/chromium.ts";
import { exampleIn } from "../support/documentation.ts";

it("adds voice to a page with the README's lines: heard, answered, transcribed", async () => {
  const bundle = new URL("../../node_modules/deep-chat/dist/deepChat.bundle.js", import.meta.url);
  const files = new Map([["/deep-chat.js", await readFile(bundle, "utf8")]]);
  const site = createServer((request, answer) => {
    const file = files.get(request.url ?? "");
    const type = request.url?.endsWith(".js") ? "text/javascript" : "text/html";
    answer.writeHead(file === undefined ? 404 : 200, { "content-type": type }).end(file);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;

  const emulator = await startEmulator();
  const token = "alice-0123456789abcdef";
  const yaml = `{ cors: { origins: ["${origin}"] }, callers: { tokens: [{ name: alice, token: ${token} }] } }`;
  const broker = await createTestBroker({ openai: emulator.baseUrl, yaml });
  const lines = exampleIn("README.md", "html", "<!-- example: page -->");
  files.set("/", `<!doctype html><title>Shop</title>${lines.replace("http://127.0.0.1:8787", broker.url)}`);

  const browser = await launchChromium({ microphone: "speech" });
  try {
    const page = await browser.newPage();
    await page.addInitScript((secret) => sessionStorage.setItem("token", secret), token);
    const heard = page.waitForEvent("console", (message) => message.text().startsWith("user: "));
    const answered = page.waitForEvent("console", (message) => message.text().startsWith("assistant: "));
    await page.goto(origin);
    await page.locator(".deep-chat-openai-realtime-toggle").click();
    expect((await heard).text()).toMatch(/user: .+/);
    expect((await answered).text()).toMatch(/assistant: .+/);
  } finally {
    await browser.close();
    await broker.stop();
    await emulator.close();
    site.close();
  }
});
