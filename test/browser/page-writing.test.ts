// The chat in writing: Deep Chat's own, through the broker, for users who cannot or will not speak.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openVoicePage, shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

const withoutMicrophone = () => {
  const refuse = () => Promise.reject(new DOMException("Requested device not found", "NotFoundError"));
  navigator.mediaDevices.getUserMedia = refuse;
};

const write = async (page: Page, text: string): Promise<void> => {
  await page.getByRole("textbox", { name: "Your message" }).fill(text);
  await page.keyboard.press("Enter");
};

interface Seen {
  requests: {
    path: string;
    headers: Record<string, string>;
    body: { stream: boolean; messages: object[] };
  }[];
}

test("without a microphone the page opens it by itself, and a conversation goes on in it", async () => {
  await using voice = await openVoicePage(browser, { before: withoutMicrophone });
  const { page } = voice;
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByRole("alert").getByText("Or write instead.").waitFor();
  await write(page, "Is anybody there?");
  await page.getByText("You said: Is anybody there?").waitFor();
  await write(page, "And now?");
  await page.getByText("You said: And now?").waitFor();
  await shoot(page, "page-writing");
  const { requests } = await voice.emulator.seen<Seen>("requests");
  const [first, second] = requests.filter(({ path }) => path === "/v1/chat/completions");
  expect(first?.headers.authorization).toBe("Bearer sk-test-broker");
  expect(second?.body).toMatchObject({
    stream: true,
    messages: [
      { role: "user", content: "Is anybody there?" },
      { role: "assistant", content: "You said: Is anybody there?" },
      { role: "user", content: "And now?" },
    ],
  });
  // For the developer; the page itself has said it.
  expect(voice.troubles).toEqual(["warning: No microphone was found."]);
});

test("it is there beside the voice for who wants it, and goes away again", async () => {
  await using voice = await openVoicePage(browser);
  const { page } = voice;
  await page.getByRole("button", { name: "Write instead" }).click();
  await write(page, "Hello");
  await page.getByText("You said: Hello").waitFor();
  await page.getByRole("button", { name: "Back to what was said" }).click();
  await page.getByRole("textbox", { name: "Your message" }).waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Write instead" }).click();
  await page.getByText("You said: Hello").waitFor();
  expect(voice.troubles).toEqual([]);
});

test("the keyboard alone opens it, writes, and comes back, and the focus is never lost", async () => {
  await using voice = await openVoicePage(browser);
  const { page } = voice;
  await page.getByRole("button", { name: "Write instead" }).press("Enter");
  const field = page.getByRole("textbox", { name: "Your message" });
  await expect.poll(() => field.evaluate((element) => element.matches(":focus"))).toBe(true);
  await page.keyboard.type("Hello");
  await page.keyboard.press("Enter");
  await page.getByText("You said: Hello").waitFor();
  await page.getByRole("button", { name: "Back to what was said" }).press("Enter");
  const open = page.getByRole("button", { name: "Write instead" });
  expect(await open.evaluate((element) => element.matches(":focus"))).toBe(true);
  await page.keyboard.press("Enter");
  await expect.poll(() => field.evaluate((element) => element.matches(":focus"))).toBe(true);
});

test("with a token it goes along, and a refusal is said in words", async () => {
  const token = "ada-0123456789abcdef";
  const yaml = `
callers: { tokens: [{ name: ada, token: ${token} }] }
relay: { all: { allow: [members], models: [gpt-4o] } }`;
  await using voice = await openVoicePage(browser, { yaml });
  const { page } = voice;
  await page.getByLabel("Access token").fill(token);
  await page.getByRole("button", { name: "Use token" }).click();
  await page.getByRole("button", { name: "Write instead" }).click();
  await write(page, "Hello");
  await page.getByText("There is no answer at the moment.").first().waitFor();
  await page.getByRole("alert").getByText("For developers").click();
  await page.getByText("You may use gpt-4o.").waitFor();
  expect(await page.getByText("No valid stream").count()).toBe(0);
  await shoot(page, "page-writing-refused");
});
