// Content-Digest: whether a body is the one that its sender meant.
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { startDigestCheck } from "../../../../server/http/request/content-digest.ts";

const digest = (algorithm: string, text: string): string =>
  createHash(algorithm).update(text).digest("base64");
const sha256 = `sha-256=:${digest("sha256", "body")}:`;
const sha512 = `sha-512=:${digest("sha512", "body")}:`;
const fits = (field: string | undefined, ...chunks: string[]): boolean => {
  const check = startDigestCheck(field);
  for (const chunk of chunks) check.add(Buffer.from(chunk));
  return check.fits();
};

it.each([sha256, sha512, `${sha256}, ${sha512}`, `md5=:YQ==:, ${sha256}`])("%s fits its body", (field) => {
  expect([fits(field, "body"), fits(field, "bo", "dy")]).toEqual([true, true]);
  expect([fits(field, "other"), fits(field)]).toEqual([false, false]);
});

it.each([
  undefined,
  "",
  "md5=:YQ==:",
  `sha-256="${digest("sha256", "body")}"`,
  "sha-256=:YQ==:",
  "not a dictionary (",
  `${sha256}, sha-512=:${digest("sha512", "other")}:`,
])("%s fits nothing", (field) => {
  expect(fits(field, "body")).toBe(false);
});
