// The client module in an application whose users are known by a cookie.
import type { ServerResponse } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authenticate } from "../../examples/hosts/session.ts";
import { launchChromium } from "../support/chromium.ts";
import { serveHost, startMounted } from "../support/mounted.ts";
import { emulateOpenAi } from "../support/openai.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** A signed-in user's page, and a function that asks for a key in it: resolves to the profile, or to the refusal's code. */
const openPage = async (url: string) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the session of the example
    document.cookie = "session=s3ss10n-of-ada";
  });
  const mint = (module: string, options: object = {}): Promise<string> =>
    page.evaluate(
      `import("${module}").then(({ brokerClient }) => brokerClient(${JSON.stringify(options)}).fetchEphemeralKey())
        .then(({ profile }) => profile, ({ code }) => code)`,
    );
  return { mint, [Symbol.asyncDispose]: () => context.close() };
};

const page = (_: unknown, response: ServerResponse) =>
  response.setHeader("content-type", "text/html").end("<title>The application</title>");

test("a signed-in user of the application needs no token", async () => {
  await using openai = await emulateOpenAi();
  await using broker = await startMounted(openai, { settings: { base_path: "/voice" } }, { authenticate });
  await using app = await serveHost((request, response) =>
    broker.listener(request, response, () => page(request, response)),
  );
  await using user = await openPage(app.url);
  expect(await user.mint("/voice/client.js")).toBe("default");
  expect(await user.mint("/voice/client.js", { credentials: "omit" })).toBe("credentials-missing");
});

test("a page of another origin shows the session only where it says so", async () => {
  await using openai = await emulateOpenAi();
  await using site = await serveHost(page);
  const cors = { origins: [site.url] };
  await using broker = await startMounted(openai, { cors }, { authenticate });
  await using app = await serveHost((request, response) => broker.listener(request, response));
  await using user = await openPage(site.url);
  const module = `${app.url}/client.js`;
  expect(await user.mint(module)).toBe("credentials-missing");
  expect(await user.mint(module, { credentials: "include" })).toBe("default");
});
