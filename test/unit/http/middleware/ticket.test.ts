// Tickets in place of credentials: whom they let in, how guesses are counted, and what a request with one may say.
import { expect, it, vi } from "vitest";
import type { Caller } from "../../../../server/auth/caller.ts";
import { rejected } from "../../../../server/auth/rejection.ts";
import { Failure } from "../../../../server/failures/failure.ts";
import {
  authenticateOrTicket,
  checkTicketRequest,
  resolveTicketRequest,
  unlessTicket,
} from "../../../../server/http/middleware/ticket.ts";
import { step } from "../../../../server/http/operation.ts";
import type { Ticket } from "../../../../server/sessions/store/session-store.ts";
import { alice, factsOf, factsWith } from "../../../support/facts.ts";
import { limitServices } from "../../../support/limit-services.ts";
import { unsupervised } from "../../../support/supervision.ts";

const text = `ek_${"-".repeat(43)}`;
const carol = { kind: "token", id: "token:carol", name: "carol", roles: [] } as const;
const ticket: Ticket = {
  ...{ hash: "h", sessionId: "vs_1", grantHash: "g", expiresAt: 0, tags: ["from-back-end"] },
  ...{ caller: carol, keyRequest: { profile: "support", session: { model: "m" } } },
};

const servicesOf = (more: object = {}) => ({
  ...limitServices("failed_authentication: 2 per minute"),
  authenticate: () => alice,
  watchCredential: vi.fn(() => undefined),
  admitAgain: async (caller: Caller) => caller as Caller | undefined,
  sessions: {
    readTicket: async (given: string) => {
      if (given === text) return ticket;
      throw rejected("ticket-unknown", "it was used");
    },
  },
  ...more,
});
const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });

it("the caller of a request with a ticket is the one to whom it was issued, with their tags", async () => {
  const facts = factsOf(bearer(text));
  const services = servicesOf();
  expect(await authenticateOrTicket.run(facts, services)).toEqual({ caller: carol, ticket });
  expect(facts.tags).toEqual(["from-back-end"]);
  expect(services.watchCredential).not.toHaveBeenCalled();
});

it("other credentials are what they always were", async () => {
  const services = servicesOf();
  const found = await authenticateOrTicket.run(factsOf(bearer("alice-token")), services);
  expect(found).toEqual({ caller: alice, ticket: undefined });
  expect(services.watchCredential).toHaveBeenCalledOnce();
});

it("a WebSocket shows its ticket as a subprotocol", async () => {
  const facts = factsOf({
    headers: { "sec-websocket-protocol": `realtime, openai-insecure-api-key.${text}` },
  });
  facts.outgoing.upgrade = { connection: facts.incoming.socket, head: Buffer.alloc(0) };
  expect(await authenticateOrTicket.run(facts, servicesOf())).toMatchObject({ ticket });
});

it("no other way to authenticate is asked about a text that begins as a ticket does", async () => {
  const authenticate = vi.fn(() => alice);
  const run = authenticateOrTicket.run(factsOf(bearer("ek_guess")), servicesOf({ authenticate }));
  await expect(run).rejects.toMatchObject({
    code: "credentials-rejected",
    cause: { reason: "ticket-unknown" },
  });
  expect(authenticate).not.toHaveBeenCalled();
});

it("guessed and replayed tickets count as guesses of their address", async () => {
  const services = servicesOf();
  const codes = [];
  for (let guess = 0; guess < 4; guess += 1) {
    const run = authenticateOrTicket.run(factsOf(bearer(`ek_${guess}`)), services);
    codes.push(await Promise.resolve(run).catch((error: Failure) => error.code));
  }
  expect(codes).toEqual([
    ...["credentials-rejected", "credentials-rejected", "limit-exceeded", "limit-exceeded"],
  ]);
});

it("the caller has the rights that they have now, not those of when the ticket was issued", async () => {
  const demoted = { ...carol, roles: [], team: "sales" };
  const services = servicesOf({ admitAgain: async () => demoted });
  const { caller } = await authenticateOrTicket.run(factsOf(bearer(text)), services);
  expect(caller).toEqual(demoted);
});

it("the ticket of a caller who may not call any more is refused", async () => {
  const run = authenticateOrTicket.run(
    factsOf(bearer(text)),
    servicesOf({ admitAgain: async () => undefined }),
  );
  await expect(run).rejects.toMatchObject({ cause: { reason: "ticket-caller-ended" } });
});

it("a database that does not answer is no guess", async () => {
  const readTicket = () => Promise.reject(new Failure("store-unavailable"));
  const services = servicesOf({ sessions: { readTicket } });
  for (let time = 0; time < 4; time += 1) {
    const run = authenticateOrTicket.run(factsOf(bearer(text)), services);
    await expect(run).rejects.toMatchObject({ code: "store-unavailable" });
  }
});

it.each([`ticket=${text}`, `key=ek_${"a".repeat(43)}`, `grant=vg_${"a-".repeat(20)}`, "access_token=x"])(
  "credentials in the query are refused beside a ticket: %s",
  async (query) => {
    const run = authenticateOrTicket.run(factsOf({ url: `/?${query}`, ...bearer(text) }), servicesOf());
    await expect(run).rejects.toMatchObject({ code: "credentials-in-query" });
  },
);

it("what the ticket was issued for decides, and what the request asks is kept to compare", () => {
  const keyRequest = { profile: "other" };
  const facts = factsWith({ caller: carol, ticket, keyRequest });
  expect(resolveTicketRequest.run(facts, {})).toEqual({ keyRequest: ticket.keyRequest, asked: keyRequest });
  const own = factsWith({ caller: carol, ticket: undefined, keyRequest });
  expect(resolveTicketRequest.run(own, {})).toEqual({ keyRequest, asked: undefined });
});

const grant = {
  ...{ profile: "support", model: "m", ttlSeconds: 60 },
  ...unsupervised,
  session: { type: "realtime" as const, model: "m", instructions: "Be kind." },
  supervision: "watch" as const,
};
const check = (asked: object | undefined, more: object = {}) =>
  checkTicketRequest.run(factsWith({ asked, grant: { ...grant, ...more } }), {});

it.each([undefined, {}, { profile: "support" }, { session: { type: "realtime", model: "m" } }])(
  "a request that repeats what its ticket is for passes: %j",
  (asked) => {
    expect(check(asked)).toBeUndefined();
  },
);

it.each([
  [{ profile: "other" }, "another profile"],
  [{ session: { model: "dearer" } }, "decided when"],
  [{ session: { instructions: "Be rude." } }, "decided when"],
])("a request that asks for something else than its ticket is refused: %j", (asked, detail) => {
  expect(() => check(asked)).toThrow(
    expect.objectContaining({ code: "key-request-invalid", message: expect.stringContaining(detail) }),
  );
});

it("a profile that is not supervised takes no ticket", () => {
  expect(() => check({}, { supervision: "none" })).toThrow(
    expect.objectContaining({
      code: "credentials-rejected",
      cause: expect.objectContaining({ reason: "ticket-elsewhere" }),
    }),
  );
  expect(check(undefined, { supervision: "none" })).toBeUndefined();
});

it("what was counted with the ticket is not counted again", () => {
  const work = vi.fn();
  const counting = unlessTicket(step(["limit-exceeded"], work));
  counting.run(factsWith({ caller: carol, ticket }), {});
  expect(work).not.toHaveBeenCalled();
  counting.run(factsWith({ caller: carol, ticket: undefined }), {});
  expect(work).toHaveBeenCalledOnce();
});
