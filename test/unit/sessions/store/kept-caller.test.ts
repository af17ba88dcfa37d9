// What is kept of a caller with a ticket or a session.
import { expect, it } from "vitest";
import { hashIdentityWith } from "../../../../server/mint/safety-identifier.ts";
import { Secret } from "../../../../server/secret.ts";
import { identityOf, keptCaller } from "../../../../server/sessions/store/kept-caller.ts";

const hashIdentity = hashIdentityWith(new Secret("salt"));
const guest = { kind: "guest", id: "guest:203.0.113.7" } as const;
const alice = { kind: "token", id: "token:alice", name: "alice", roles: [] } as const;

it("keeps no guest's address, but tells guests apart", () => {
  const kept = keptCaller(guest, hashIdentity);
  expect(JSON.stringify(kept)).not.toContain("203.0.113");
  expect(kept).toEqual(keptCaller(guest, hashIdentity));
  expect(kept).not.toEqual(keptCaller({ kind: "guest", id: "guest:203.0.113.8" }, hashIdentity));
});

it("keeps a caller once, however often", () => {
  const kept = keptCaller(guest, hashIdentity);
  expect(keptCaller(kept, hashIdentity)).toBe(kept);
});

it("keeps every other caller whole", () => {
  expect(keptCaller(alice, hashIdentity)).toBe(alice);
});

it("tells OpenAI the same of a guest, kept or not", () => {
  const identity = hashIdentity(guest.id);
  expect(identityOf(guest, hashIdentity)).toBe(identity);
  expect(identityOf(keptCaller(guest, hashIdentity), hashIdentity)).toBe(identity);
  expect(identityOf(alice, hashIdentity)).toBe(hashIdentity(alice.id));
});
