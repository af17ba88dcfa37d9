// The operator's page in a browser, over the real service and a month of records.
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { createBooks, keepRecords, type TestBooks } from "../support/books.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import type { IdentityProvider } from "../support/identity-provider.ts";
import { strangers, teamMonth } from "../support/team-month.ts";

export const operatorToken = "olga-0123456789abcdef";

export const adminYaml = `
callers:
  tokens:
    - { name: olga, token: ${operatorToken}, roles: [operator] }
    - { name: alice, token: alice-0123456789abcdef }
operators: { allow: [role:operator] }
`;

export interface AdminPageOptions {
  yaml?: string;
  env?: Record<string, string>;
  context?: BrowserContextOptions;
  /** Below the service's address, with query and fragment; signed in by default. */
  path?: string;
  /** Whether nothing was used yet. */
  isEmpty?: boolean;
  /** Origins other than the service's that the page may go to. */
  others?: string[];
  /** Where the page's operators sign in: it is told where the page is. */
  signInAt?: Pick<IdentityProvider, "addPage">;
}

export interface AdminPage extends AsyncDisposable {
  page: Page;
  broker: TestBroker;
  books: TestBooks;
  /** Policy violations, requests to elsewhere, errors: there must be none. */
  troubles: string[];
  /** Bodies of all answers of the service to the page's calls. */
  answers: string[];
}

/** Opens it. Use with `await using`. */
export const openAdminPage = async (browser: Browser, options: AdminPageOptions = {}): Promise<AdminPage> => {
  const now = Date.now();
  const books = await createBooks([]);
  if (!options.isEmpty) await keepRecords(books.database, "sqlite", teamMonth(now), strangers(now));
  const env = { DATABASE_URL: books.url, ...options.env };
  const broker = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    yaml: options.yaml ?? adminYaml,
    env,
  });
  options.signInAt?.addPage("operators-page", `${broker.url}/admin`);
  const viewport = { width: 1440, height: 900 };
  const context = await browser.newContext({ viewport, timezoneId: "Europe/Vienna", ...options.context });
  const page = await context.newPage();
  const troubles: string[] = [];
  const answers: string[] = [];
  const allowed = [new URL(broker.url).origin, ...(options.others ?? [])];
  page.on("pageerror", ({ message }) => troubles.push(`error: ${message}`));
  page.on("console", (message) => {
    // The browser itself tells of each refusal.
    if (/Failed to load resource/.test(message.text())) return;
    if (/error|warning/.test(message.type())) troubles.push(message.text());
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (/^https?:$/.test(protocol) && !allowed.includes(origin)) troubles.push(`request to ${request.url()}`);
  });
  page.on("response", (response) => {
    if (!/\/(?:admin\/api\/(?!events)|usage\/|sessions)/.test(response.url())) return;
    response.text().then(
      (text) => answers.push(text),
      () => {},
    );
  });
  await page.goto(new URL(options.path ?? `/admin#token=${operatorToken}`, broker.url).href);
  return {
    ...{ page, broker, books, troubles, answers },
    [Symbol.asyncDispose]: async () => {
      await context.close();
      await broker.stop();
      await books[Symbol.asyncDispose]();
    },
  };
};

/** How many pixels of a chart are painted. */
export const paintedPixels = (page: Page, chart: string): Promise<number> =>
  page
    .getByRole("region", { name: chart })
    .locator("canvas")
    .evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return 0;
      const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {
        data: [],
      };
      let painted = 0;
      for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 0) > 0) painted += 1;
      return painted;
    });
