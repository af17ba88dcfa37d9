// What the page's address says.
import { expect, it } from "vitest";
import { readAddress, writeAddress } from "../../web-admin/state/address.ts";

it("an address without a query shows the last 30 days of everybody", () => {
  expect(readAddress("")).toMatchObject({
    view: "overview",
    range: "30d",
    by: "user",
    measure: "cost",
    filters: {},
  });
  expect(writeAddress(readAddress(""))).toBe("");
});

it.each([
  "?view=requests&range=7d&tz=Asia%2FTokyo&user=user%3Aada&request=abc",
  "?range=custom&from=2026-11-01&to=2026-11-07&by=model&measure=tokens",
  "?team=&kind=relay",
])("what is written is read again: %s", (query) => {
  const shown = readAddress(query);
  expect(readAddress(writeAddress(shown))).toEqual(shown);
  for (const [name, value] of new URLSearchParams(query)) {
    expect(new URLSearchParams(writeAddress(shown)).get(name)).toBe(value);
  }
});

it.each([
  "?view=nothing",
  "?range=custom&from=2026-11-07&to=2026-11-01",
  "?range=custom&from=2026-13-45&to=x",
  "?tz=Mars/Base",
])("what makes no sense counts as left out: %s", (query) => {
  expect(readAddress(query)).toMatchObject({ view: "overview", range: "30d" });
});
