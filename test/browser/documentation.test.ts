// The documentation as a site, in real Chromium.
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { buildDocumentation } from "../support/documentation-site.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let site: Awaited<ReturnType<typeof buildDocumentation>>;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([buildDocumentation(), launchChromium()]);
}, 180_000);
afterAll(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

interface Reader {
  page: Page;
  /** Addresses outside the site that pages asked for. */
  elsewhere: string[];
}

const openReader = async (colorScheme: "light" | "dark", width: number): Promise<Reader> => {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(site.url) && !request.url().startsWith("data:"))
      elsewhere.push(request.url());
  });
  return { page, elsewhere };
};

const faultsIn = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { run } = (globalThis as unknown as { axe: typeof import("axe-core") }).axe;
    const { violations } = await run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
};

const guides = ["index", "start", "configuration", "client", "adding-a-tool", "limits", "production"];
const reference = ["settings", "broker-yaml", "errors"].map((name) => `reference/${name}`);

describe.each([
  { scheme: "light", width: 1280, pages: [...guides, ...reference] },
  { scheme: "dark", width: 1280, pages: ["index", "client", "reference/settings"] },
  { scheme: "light", width: 360, pages: ["index", "limits", "reference/settings"] },
] as const)("a reader with a $scheme page of $width pixels", ({ scheme, width, pages }) => {
  it("meets no barrier that axe knows, no page that scrolls sideways, and nothing from elsewhere", async () => {
    const { page, elsewhere } = await openReader(scheme, width);
    for (const name of pages) {
      await page.goto(`${site.url}/${name}.html`);
      expect(await faultsIn(page), name).toEqual([]);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(beyond, name).toBeLessThanOrEqual(0);
    }
    expect(elsewhere).toEqual([]);
    await page.close();
  });
});

it("finds a setting by its name", async () => {
  const { page } = await openReader("light", 1280);
  await page.goto(`${site.url}/index.html`);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("searchbox").fill("trusted_proxies");
  await page.getByRole("option").filter({ hasText: "Settings" }).first().click();
  await page.waitForURL("**/reference/settings.html*");
  await page.close();
});

it("has a page and a heading for every link", () => {
  const pages = new Map(
    globSync("**/*.html", { cwd: site.folder }).map((path) => [
      `/${path}`,
      readFileSync(`${site.folder}/${path}`, "utf8"),
    ]),
  );
  const broken = [...pages].flatMap(([path, html]) =>
    [...html.matchAll(/<a [^>]*?href="([^"]+)"/g)]
      .map(([, href = ""]) => new URL(href, `${site.url}${path}`))
      .filter(({ origin }) => origin === site.url)
      .filter(({ pathname, hash }) => !leads(pages, pathname, decodeURIComponent(hash.slice(1))))
      .map(({ pathname, hash }) => `${path} → ${pathname}${hash}`),
  );
  expect(pages.size).toBeGreaterThan(25);
  expect(broken).toEqual([]);
  expect(site.missing).toEqual([]);
});

const leads = (pages: ReadonlyMap<string, string>, pathname: string, anchor: string): boolean => {
  if (pathname.startsWith("/files/")) return globSync(`.${pathname}`, { cwd: site.folder }).length === 1;
  const html = pages.get(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
  return html !== undefined && (anchor === "" || html.includes(`id="${anchor}"`));
};
