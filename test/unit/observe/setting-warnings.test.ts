// Warnings of a setting that seems to be missing.
import { expect, it } from "vitest";
import { settingWarnings } from "../../../server/observe/setting-warnings.ts";
import { createTestTime } from "../../support/time.ts";

const setUp = (hashAddress: (address: string) => string | undefined = (address) => address) => {
  const time = createTestTime();
  const lines: unknown[] = [];
  const log = {
    write: (level: string, msg: string, fields: object) => lines.push({ level, msg, ...fields }),
  };
  return { time, lines, on: settingWarnings({ log, clock: time.clock, hashAddress }) };
};

it("a refused origin is named with the setting that would admit it", () => {
  const { on, lines } = setUp();
  on({ kind: "origin-refused", origin: "https://shop.example" });
  expect(lines).toEqual([
    {
      ...{ level: "warn", msg: "origin-refused", origin: "https://shop.example", setting: "cors.origins" },
      ...{ times: 1, advice: expect.stringContaining("broker.yaml") },
    },
  ]);
});

it("a proxy that is not trusted is named as addresses may be logged", () => {
  const event = { kind: "proxy-unknown", header: "forwarded", peer: "10.0.0.1" } as const;
  const plain = setUp();
  plain.on(event);
  expect(plain.lines).toMatchObject([{ peer: "10.0.0.1", header: "forwarded", setting: "TRUSTED_PROXIES" }]);
  const hidden = setUp(() => undefined);
  hidden.on(event);
  expect(JSON.stringify(hidden.lines)).not.toContain("10.0.0.1");
});

it("a flood of either makes one line a minute, which says how many there were", async () => {
  const { on, lines, time } = setUp();
  for (let index = 0; index < 1000; index += 1)
    on({ kind: "origin-refused", origin: `https://${index}.example` });
  on({ kind: "proxy-unknown", header: "forwarded", peer: "10.0.0.1" });
  await time.pass(59_999);
  on({ kind: "origin-refused", origin: "https://late.example" });
  expect(lines).toMatchObject([
    { msg: "origin-refused", times: 1 },
    { msg: "proxy-unknown", times: 1 },
  ]);
  await time.pass(1);
  on({ kind: "origin-refused", origin: "https://next.example" });
  expect(lines.slice(2)).toMatchObject([{ origin: "https://next.example", times: 1001 }]);
});

it("an origin is logged short, without control characters and credentials", () => {
  const { on, lines } = setUp();
  on({ kind: "origin-refused", origin: `https://\u0085\u009b[31m sk-abcdefgh12345678 ${"x".repeat(9000)}` });
  const [{ origin }] = lines as [{ origin: string }];
  expect(origin).toMatch(/^https:\/\/\?\?\[31m \[redacted\] x+$/);
  expect(origin).toHaveLength(100);
});

it("what else happens makes no line", () => {
  const { on, lines } = setUp();
  on({ kind: "refused" } as never);
  expect(lines).toEqual([]);
});
