// A report for spreadsheets.
import { expect, it } from "vitest";
import { usageCsv } from "../../../server/ledger/usage-csv.ts";
import { emptyRow } from "../../../server/ledger/usage-report.ts";

const question = { by: ["user"], period: undefined, timeZone: "UTC" } as const;
const cellOf = (user: string): string => {
  const [, line = ""] = usageCsv([emptyRow({ user }, undefined)], question).split("\r\n");
  return line.slice(0, -",0".repeat(23).length);
};

it("has a heading, also where there is nothing", () => {
  expect(usageCsv([], question)).toBe(
    "user,minted,tool_calls,relayed,sessions,refused,failed,aborted,cache_hits,input_tokens,cached_tokens,output_tokens,seconds,images,cost_usd,unpriced,reports,reported_input_tokens,reported_cached_tokens,reported_output_tokens,reported_seconds,reported_images,reported_cost_usd,reported_unpriced\r\n",
  );
});

it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])(
  "takes the name %j for a name, never a formula",
  (name) => {
    expect(cellOf(name).replace(/^"|"$/g, "")).toBe(`'${name}`);
  },
);

it("quotes what would break a line", () => {
  expect(cellOf('a,"b"\nc')).toBe('"a,""b""\nc"');
  expect(cellOf("user:alice")).toBe("user:alice");
});

it("leaves empty what has no known price, and names days as their zone does", () => {
  const row = emptyRow({ user: "a" }, Date.UTC(2026, 10, 20, 23));
  row.metered = { ...row.metered, costNanoUsd: undefined, unpriced: 1 };
  row.reported = { ...row.reported, costNanoUsd: 1_500_000 };
  const csv = usageCsv([row], { ...question, period: "day", timeZone: "Europe/Vienna" });
  expect(csv.split("\r\n")[1]).toBe("2026-11-21,a,0,0,0,0,0,0,0,0,0,0,0,0,0,,1,0,0,0,0,0,0,0.0015,0");
});
