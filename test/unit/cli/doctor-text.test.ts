// Doctor's text on a terminal.
import { expect, it } from "vitest";
import { doctorText, verdictText } from "../../../server/cli/doctor-text.ts";
import type { Finding } from "../../../server/doctor/finding.ts";
import type { Examined } from "../../../server/doctor/run.ts";

const plain = {
  ...{ bold: (text: string) => text, paint: (text: string) => text, columns: undefined },
};
const examined = (id: string, findings: readonly Finding[], more: Partial<Examined> = {}): Examined => ({
  ...{ id, subject: undefined, title: id, group: "OpenAI", findings },
  ...more,
});
const ok: Finding = { check: "Name", level: "ok", subject: "api.openai.com", title: "has an address" };
const fault: Finding = {
  ...{ check: "key.unknown", level: "fault", subject: "key default", title: "OpenAI does not know it" },
  ...{ cause: "It was deleted.", fix: "Set OPENAI_API_KEY to another." },
};
const all = [
  examined("Name", [ok]),
  examined("Key", [fault], { subject: "key default" }),
  examined("Models", [], { skippedFor: "Key key default" }),
  examined("Minting", [], { skippedFor: "Key key default" }),
  examined("Redis", [{ ...ok, check: "Redis", subject: "Redis", title: "answers in 1 ms" }], {
    group: "This service",
  }),
];

it("is a line for what is well, three for a fault, and one for all that was left out for it", () => {
  expect(doctorText(all, plain).split("\n")).toEqual([
    "OpenAI",
    "  ✓ Name         api.openai.com: has an address",
    "  ✗ Key          key default: OpenAI does not know it",
    "    why  It was deleted.",
    "    fix  Set OPENAI_API_KEY to another.",
    "  - not looked at before that is right (Key of key default): Models, Minting",
    "",
    "This service",
    "  ✓ Redis        Redis: answers in 1 ms",
  ]);
});

it("counts what is wrong", () => {
  expect(verdictText(all, plain)).toBe("5 checks: 1 fault, 2 checks skipped.");
  expect(verdictText([examined("Name", [ok, { ...fault, level: "warning" }])], plain)).toBe(
    "1 check: no fault, 1 warning.",
  );
});

it.each([40, 80, 100])("stays within %i columns", (columns) => {
  const long = {
    ...fault,
    title: "is not ".repeat(30),
    cause: "Because ".repeat(30),
    fix: "Do this ".repeat(30),
  };
  const lines = doctorText([examined("Key", [long]), ...all], { ...plain, columns }).split("\n");
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns);
});

it("keeps an address whole, to be copied", () => {
  const url = `https://platform.openai.com/${"settings/".repeat(10)}`;
  expect(doctorText([examined("Key", [{ ...fault, fix: `Look at ${url} today.` }])], plain)).toContain(url);
});

it("lets nothing that others wrote steer the terminal", () => {
  const text = doctorText([examined("Key", [{ ...fault, cause: "\u001b[2J gone" }])], plain);
  expect(text).not.toContain("\u001b");
});
