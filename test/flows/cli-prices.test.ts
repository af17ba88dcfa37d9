// `broker prices`, as an operator meets it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runBroker } from "../support/cli.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "broker-prices-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const prices = (words: string, yaml = "") => {
  writeFileSync(join(folder, "broker.yaml"), yaml);
  return runBroker(`prices ${words}`.trim(), { GPT_PRICE: "7.5" }, folder);
};

describe("broker prices", () => {
  it("lists what each model costs, without any secret of the service", async () => {
    const { code, stdout, stderr } = await prices(
      "",
      `callers: { tokens: [{ name: a, token: "\${NOT_SET}" }] }`,
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /^MODEL +IN +CACHED +WRITES +OUT +AUDIO IN +AUDIO OUT +IMAGE IN +IMAGE OUT +MINUTE +CHARACTERS +SINCE +FROM\n/,
    );
    expect(stdout).toMatch(/^gpt-6-luna +0\.10 +0\.01 +0\.125 +0\.50 +list$/m);
    expect(stdout).toMatch(/^gpt-5\.6-luna +0\.20 +0\.02 +0\.25 +1\.20 +2026-07-30 +list$/m);
  });

  it("tells all about one model, by the name of a snapshot too", async () => {
    expect((await prices("gpt-5-2025-08-07")).stdout).toBe(`gpt-5-2025-08-07, which costs what gpt-5 costs
  US DOLLARS         PRICE  FOR
  text in             1.25  a million tokens
  text cached        0.125  a million tokens
  text cache writes   1.25  a million tokens
  text out           10.00  a million tokens
  image in            1.25  a million tokens
  image cached       0.125  a million tokens
  Service tiers: flex × 0.5, priority × 2.
  From the price list of 2026-11-21.
`);
  });

  it("says what broker.yaml says", async () => {
    const yaml = `prices: { models: { gpt-5: { text_in: "\${GPT_PRICE}", minute: 0.06 } }, tiers: { scale: 0 } }`;
    const { stdout } = await prices("gpt-5", yaml);
    expect(stdout).toMatch(/^ {2}text in +7\.50 {2}a million tokens$/m);
    expect(stdout).toMatch(/^ {2}time +0\.06 {2}a minute$/m);
    expect(stdout).toContain("  Service tiers: scale × 0.\n  From broker.yaml.\n");
    const told = JSON.parse((await prices("gpt-5 --json", yaml)).stdout);
    expect(told).toMatchObject({ model: "gpt-5", from: "broker.yaml", usd: { text_in: 7.5, minute: 0.06 } });
    const all = JSON.parse((await prices("--json", yaml)).stdout);
    expect(all.models.find(({ model }: { model: string }) => model === "gpt-5")).toEqual(told);
    expect(all.checked).toMatch(/^2026-/);
  });

  it("says what to do about a model without a price, and what is wrong in broker.yaml", async () => {
    expect(await prices("gpt-5.6-lunar")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "broker: gpt-5.6-lunar has no known price; did you mean gpt-5.6-luna? `broker prices` lists those that have one, and prices.models in broker.yaml adds it\n",
    });
    expect(await prices("", "prices: { models: { own: { text_in: -1 } } }")).toMatchObject({
      code: 1,
      stderr: "broker: prices.models.own.text_in: must be at least 0\n",
    });
    expect(await prices("gpt-5 gpt-4")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("one too many"),
    });
  });
});
