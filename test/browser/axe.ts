// What axe finds wrong on a page, in both colour schemes.
import { readFile } from "node:fs/promises";
import type axe from "axe-core";
import type { Page } from "playwright-core";

declare global {
  interface Window {
    axe: typeof axe;
  }
}

const source = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** Every fault in either scheme, with the elements that have it; `shoot` keeps a picture of each. */
export const axeFaults = async (
  page: Page,
  shoot: (scheme: "dark" | "light") => Promise<unknown>,
): Promise<string[]> => {
  const found: string[] = [];
  await page.evaluate(source);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await page.evaluate(runAxe)).map((fault) => `${colorScheme}: ${fault}`));
    await shoot(colorScheme);
  }
  return found;
};

const runAxe = async (): Promise<string[]> => {
  // Colours in the middle of a transition are not those to judge.
  const passing = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations === 1);
  await Promise.allSettled(passing.map(({ finished }) => finished));
  const { violations } = await window.axe.run();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any }) => `${id}: ${target} ${any[0]?.message ?? ""}`),
  );
};
