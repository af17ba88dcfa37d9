// Addresses as the log has them: the same all day, another tomorrow, and no way back.
import { createHash, createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { addressHash } from "../../../server/observe/address-hash.ts";

const secret = Buffer.from("0123456789abcdef0123456789abcdef");
const address = "203.0.113.77";

const hashAt = (begin: string, own: Uint8Array = secret) => {
  let now = Date.parse(begin);
  const hash = addressHash(() => "hashed", own, { now: () => now });
  return {
    hash,
    setTime: (text: string) => {
      now = Date.parse(text);
    },
  };
};

it("is 16 hexadecimal digits, the same until midnight UTC, and others after it", () => {
  const { hash, setTime } = hashAt("2026-11-21T00:00:00Z");
  const first = hash(address);
  expect(first).toMatch(/^[\da-f]{16}$/);
  setTime("2026-11-21T23:59:59.999Z");
  expect(hash(address)).toBe(first);
  setTime("2026-11-22T00:00:00Z");
  const next = hash(address);
  expect(next).toMatch(/^[\da-f]{16}$/);
  expect(next).not.toBe(first);
  setTime("2026-11-21T12:00:00Z");
  expect(hash(address)).toBe(first);
});

it("tells addresses apart, and tells nothing to who has not the secret", () => {
  const { hash } = hashAt("2026-11-21T12:00:00Z");
  expect(hash("203.0.113.78")).not.toBe(hash(address));
  expect(hashAt("2026-11-21T12:00:00Z", Buffer.alloc(32)).hash(address)).not.toBe(hash(address));
  const guesses = [address, `2026-11-21${address}`, `${address}2026-11-21`];
  for (const guess of guesses) {
    expect(createHash("sha256").update(guess).digest("hex")).not.toContain(hash(address));
    expect(createHmac("sha256", "2026-11-21").update(guess).digest("hex")).not.toContain(hash(address));
  }
});

it("stays the same through a flood of other addresses", () => {
  const { hash } = hashAt("2026-11-21T12:00:00Z");
  const first = hash(address);
  for (let index = 0; index < 25_000; index += 1)
    hash(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
  expect(hash(address)).toBe(first);
});

it("is the address itself, or nothing, where the operator wants that", () => {
  const clock = { now: () => 0 };
  expect(addressHash(() => "plain", secret, clock)(address)).toBe(address);
  expect(addressHash(() => "none", secret, clock)(address)).toBeUndefined();
});
