// Even parts: what each client may send.
import { expect, it } from "vitest";
import { EvenParts } from "../../../server/limits/even-parts.ts";

const ask = (parts: EvenParts, client: string, times: number): number =>
  Array.from({ length: times }, () => parts.contains(client)).filter(Boolean).length;

it("gives each client an even part of the share, once it is known who asks", () => {
  const parts = new EvenParts();
  expect(ask(parts, "busy", 90) + ask(parts, "rare", 10)).toBe(0);
  parts.renew(20);
  expect([ask(parts, "busy", 90), ask(parts, "rare", 10)]).toEqual([10, 10]);
  parts.renew(20);
  expect(ask(parts, "new", 20)).toBe(10);
});

it("gives none where there are more clients than requests to admit", () => {
  const parts = new EvenParts();
  for (let client = 0; client < 100; client += 1) parts.contains(`${client}`);
  parts.renew(50);
  expect(ask(parts, "0", 5)).toBe(0);
});

it("tells no more than ten thousand clients apart", () => {
  const parts = new EvenParts();
  for (let client = 0; client < 10_000; client += 1) ask(parts, `${client}`, 5);
  parts.renew(100);
  for (let client = 0; client < 10_000; client += 1) parts.contains(`${client}`);
  expect([ask(parts, "one more", 3), ask(parts, "0", 1)]).toEqual([0, 1]);
});
