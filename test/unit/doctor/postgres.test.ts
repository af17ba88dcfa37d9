// What doctor makes of a Postgres: its clock, its connections, and what it says where it lets no client in.
import { expect, it } from "vitest";
import { postgresCheck } from "../../../server/doctor/postgres.ts";
import type { Row } from "../../../server/store/database.ts";
import { createTestTime } from "../../support/time.ts";

const { clock } = createTestTime();
const healthy: Row = {
  ...{ version: 150_018, named: "15.18 (Debian)", encoding: "UTF8", read_only: "off", is_replica: 0 },
  ...{ schema: "public", may_create: 1, meta: "meta", connections: 97, used: 5, bytes: 1 },
  now: clock.now(),
};

const judge = async (facts: Row | Error): Promise<string[]> => {
  const all = async (sql: string): Promise<Row[]> => {
    if (facts instanceof Error) throw facts;
    if (sql.includes("server_version_num")) return [{ ...healthy, ...facts }];
    return sql.includes("schema_version") ? [{ value: "5" }] : [];
  };
  const check = postgresCheck({ place: "db.test/broker", reader: { all }, clock, newest: 5 });
  const findings = await check.run(new AbortController().signal);
  return findings.map(({ check: id, level }) => `${level} ${id}`);
};

it("finds nothing wrong where nothing is", async () => {
  expect(await judge({})).toEqual(["ok database"]);
});

const planted: [found: string, facts: Row | Error][] = [
  ["warning database.clock", { now: clock.now() - 60_000 }],
  ["warning database.connections", { used: 90 }],
  ["warning database.version", { version: 120_000, named: "12.0" }],
  ["fault database.read-only", { is_replica: 1 }],
  ["fault database.auth", Object.assign(new Error("no"), { code: "28P01" })],
  ["fault database.connections", Object.assign(new Error("too many"), { code: "53300" })],
  ["fault database.pooler", Object.assign(new Error("unsupported startup parameter: x"), { code: "08P01" })],
  ["fault database.starting", Object.assign(new Error("starting"), { code: "57P03" })],
  ["fault database.certificate", Object.assign(new Error("no"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" })],
];

it.each(planted)("names %s, and nothing else", async (found, facts) => {
  expect(await judge(facts)).toEqual([found]);
});
