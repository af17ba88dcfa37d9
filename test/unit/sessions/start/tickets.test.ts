// What tickets, grants and names of sessions look like.
import { hash } from "node:crypto";
import { expect, it } from "vitest";
import { systemRandom } from "../../../../server/random.ts";
import {
  hashGrant,
  hashTicket,
  newGrant,
  newSessionId,
  newTicket,
} from "../../../../server/sessions/start/tickets.ts";

const counting = { bytes: (length: number) => Buffer.alloc(length, 7) };

it("a ticket is made of 256 random bits, and only its hash is kept", () => {
  const { value, hash: kept } = newTicket(counting);
  expect(value.reveal()).toBe(`ek_${Buffer.alloc(32, 7).toString("base64url")}`);
  expect(kept).toBe(hash("sha256", value.reveal(), "hex"));
  expect(newTicket(systemRandom).hash).not.toBe(newTicket(systemRandom).hash);
});

it("a ticket and a grant are found again by what a page sends", () => {
  const [ticket, grant] = [newTicket(systemRandom), newGrant(systemRandom)];
  expect(hashTicket(ticket.value.reveal())).toBe(ticket.hash);
  expect(hashGrant(grant.value.reveal())).toBe(grant.hash);
  expect(ticket.hash).not.toBe(grant.hash);
});

it.each([
  "",
  "ek_",
  "ek_68af296e8e408191a1120ab6383263c2",
  `ek_${"a".repeat(42)}`,
  `ek_${"a".repeat(44)}`,
  `ek_${"a".repeat(42)}=`,
  `ek_${"a".repeat(43)}\n`,
  `vg_${"a".repeat(43)}`,
  ` ek_${"a".repeat(43)}`,
])("%j is no ticket, and the database is not asked for it", (text) => {
  expect(hashTicket(text)).toBeUndefined();
});

it("no ticket is taken for a grant", () => {
  expect(hashGrant(newTicket(systemRandom).value.reveal())).toBeUndefined();
});

it("a session's name is no part of its secrets", () => {
  expect(newSessionId(systemRandom)).toMatch(/^vs_[\w-]{22}$/);
});
