// The voice page when something is in the way: it says what, why, and what to do.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openVoicePage, shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

const start = (page: Page) => page.getByRole("button", { name: "Start talking" }).click();

test("a refused key is told in the user's words, the broker's reason and request id are folded below", async () => {
  await using voice = await openVoicePage(browser);
  const { page, broker } = voice;
  await voice.emulator.fail({ path: "/v1/realtime/client_secrets", status: 403 });
  await start(page);
  const alert = page.getByRole("alert");
  await alert.getByRole("heading", { name: "Voice is not available at the moment." }).waitFor();
  expect(await alert.getByText("OpenAI refused, or could not be reached").isVisible()).toBe(false);
  await alert.getByText("For developers").click();
  await alert.getByText("OpenAI refused, or could not be reached").waitFor();
  expect(await page.getByRole("status").innerText()).toBe("Failed");
  await alert.getByText("Voice is not available at the moment.").waitFor();
  const requestId = await alert.locator("code").innerText();
  expect(JSON.stringify(broker.logs)).toContain(requestId);
  const explanation = await alert.getByRole("link", { name: "What this means" }).getAttribute("href");
  expect((await broker.fetch(explanation ?? "")).status).toBe(200);
  await shoot(page, "page-error");
  await start(page);
  await page.getByRole("status").getByText("Live").waitFor();
  expect(await alert.innerText()).toBe("");
});

test("a connection that is refused is told in words", async () => {
  await using voice = await openVoicePage(browser);
  await voice.emulator.fail({ path: "/v1/realtime/calls", status: 401 });
  await start(voice.page);
  const alert = voice.page.getByRole("alert");
  await alert.getByRole("heading", { name: "Voice is not available at the moment." }).waitFor();
  await alert.getByText("For developers").click();
  await alert.getByText("The voice service did not accept the key.").waitFor();
  expect(await voice.page.getByRole("status").innerText()).toBe("Failed");
});

test("a harmless error stands in the conversation, and the session goes on", async () => {
  const turns = [{ soft_error: "Cancellation failed: no active response found.", says: "Goodbye!" }];
  await using voice = await openVoicePage(browser, { turns });
  const { page } = voice;
  await start(page);
  const conversation = page.getByRole("region", { name: "What was said" });
  await conversation.getByText("The session goes on.").waitFor();
  await conversation.getByText("For developers").click();
  await conversation.getByText(/no active response/).waitFor();
  expect(await page.getByRole("status").innerText()).toBe("Live");
});

test("a refused microphone costs no key, and the page says how to go on", async () => {
  const before = () => {
    const refuse = () => Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
    navigator.mediaDevices.getUserMedia = refuse;
  };
  await using voice = await openVoicePage(browser, { before });
  await start(voice.page);
  await voice.page.getByRole("alert").getByRole("heading", { name: "No microphone" }).waitFor();
  await voice.page
    .getByRole("alert")
    .getByText(/Allow it in the browser, then start again/)
    .waitFor();
  expect(await voice.emulator.seen("requests")).toEqual({ requests: [] });
});

test("a missing microphone is named", async () => {
  const before = () => {
    const refuse = () => Promise.reject(new DOMException("Requested device not found", "NotFoundError"));
    navigator.mediaDevices.getUserMedia = refuse;
  };
  await using voice = await openVoicePage(browser, { before });
  await start(voice.page);
  await voice.page
    .getByRole("alert")
    .getByText(/No microphone was found/)
    .waitFor();
});

test("a browser without WebRTC is told so", async () => {
  const before = () => Reflect.deleteProperty(window, "RTCPeerConnection");
  await using voice = await openVoicePage(browser, { before: before as () => void });
  await start(voice.page);
  await voice.page.getByRole("alert").getByRole("heading", { name: "This browser has no WebRTC" }).waitFor();
});

test("a broker that is gone is named, and tried again on request", async () => {
  await using voice = await openVoicePage(browser);
  const { page } = voice;
  await page.route("**/tools", (route) => route.abort());
  await page.reload();
  const alert = page.getByRole("alert");
  await alert.getByRole("heading", { name: "The voice service cannot be reached." }).waitFor();
  await page.unroute("**/tools");
  await alert.getByRole("button", { name: "Try again" }).press("Enter");
  await page.getByText("Try:").first().waitFor();
  expect(await alert.innerText()).toBe("");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("start");
});
