// What looks like a credential does not get into the log.
import fc from "fast-check";
import { expect, it } from "vitest";
import { redact, redactPath, redactStack } from "../../../server/observe/redact.ts";

it.each([
  [
    "Incorrect API key provided: sk-proj-****************abcd. You can find",
    "Incorrect API key provided: [redacted] You can find",
  ],
  ["Incorrect API key provided: hunter2.", "Incorrect API key provided: [redacted]"],
  [`grant vg_${"A".repeat(43)}`, "grant [redacted]"],
  ["key sk-abcdefgh and ek_0123456789abcdef", "key [redacted] and [redacted]"],
  ["Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"],
  ["a token eyJhbGciOi.eyJzdWIi.c2ln end", "a token [redacted] end"],
  ["https://h/?key=sk-abcdefgh&x=1", "https://h/?key=[redacted]&x=1"],
  ["mykeysk-proj-0123456789abcdef", "mykey[redacted]"],
  ['{"value":"ek_68af296e8e408191a1120ab6383263c2"}', '{"value":"[redacted]"}'],
])("%s", (text, left) => {
  expect(redact(text)).toBe(left);
});

it.each([
  "risk-averse",
  "the task-force",
  "weekend_plan",
  "ask-me-later",
  "connect ECONNREFUSED 127.0.0.1:9",
  "HeyJude.mp3",
])("leaves words alone: %s", (text) => {
  expect(redact(text)).toBe(text);
});

it("keeps 500 characters, and cuts after it has looked", () => {
  expect(redact("x".repeat(2000))).toHaveLength(500);
  const cut = redact(`${"x ".repeat(245)}sk-abcdefghijklmnop`);
  expect(cut).not.toMatch(/sk-|abc/);
});

it("a credential of which only the beginning is read does not show it", () => {
  const token = "sk-proj-0123456789abcdefghijklmnop";
  for (let visible = 0; visible < token.length; visible += 1) {
    const text = `Bearer ${"a".repeat(8192 - 8 - visible)} ${token}`;
    expect(redact(text)).toMatch(/^(?:Bearer \[redacted\])?(?: \[redacted\])?$|^Bearer$/);
  }
});

it("a stack keeps 4000 characters, and no credential either", () => {
  const stack = redactStack(
    `Error: for Bearer abcdef\n${"    at somewhere (server/file.ts:1:1)\n".repeat(500)}`,
  );
  expect(stack).toHaveLength(4000);
  expect(stack).toMatch(/^Error: for Bearer \[redacted\]\n {4}at somewhere/);
});

it("what was quoted twice is hidden twice", () => {
  expect(redact("key provided: Bearer hunter2")).not.toContain("hunter2");
});

it("a path may be of any length", () => {
  expect(redactPath(`/tools/${"a1".repeat(500_000)}/x`)).toBe("/tools/[redacted]".slice(0, 500));
});

const word = (min: number) =>
  fc.string({ unit: fc.constantFrom(..."aZ09_-"), minLength: min, maxLength: 60 });
const alnum = fc.string({ unit: fc.constantFrom(..."aZ09"), minLength: 16, maxLength: 60 });
const around = fc.string({ unit: fc.constantFrom(..." \"'=:/,;&?<>(){}[]\n\t.*é") });
const credential = fc.oneof(
  alnum.map((rest) => ({ shown: `sk-proj-${rest}`, secret: rest })),
  alnum.map((rest) => ({ shown: `sk-${rest}`, secret: rest })),
  alnum.map((rest) => ({ shown: `ek_${rest}`, secret: rest })),
  fc
    .tuple(word(4), alnum, alnum)
    .map(([head, body, sign]) => ({ shown: `eyJ${head}.${body}.${sign}`, secret: sign })),
);

it("no key and no token comes through, whatever stands around it", () => {
  fc.assert(
    fc.property(around, credential, around, credential, (before, one, between, other) => {
      const text = redact(`${before}${one.shown} ${between}${other.shown}`);
      expect(text).not.toMatch(/\b(?:sk-|ek_)\w|eyJ/);
      for (const { secret } of [one, other]) expect(text).not.toContain(secret);
    }),
  );
});
