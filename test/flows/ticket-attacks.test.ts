// Tickets in the wrong hands: used twice, guessed, sent elsewhere, for another profile, of a caller who is gone.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../server/clock.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import {
  ALICE,
  as,
  codeOf,
  offerOf,
  post,
  type Supervised,
  supervise,
  supervisedYaml,
  ticketOf,
} from "../support/supervised-broker.ts";

let supervised: Supervised;
let broker: TestBroker;
let offer: string;
beforeAll(async () => {
  supervised = await supervise();
  broker = supervised.broker;
  offer = await offerOf();
});
afterAll(() => supervised[Symbol.asyncDispose]());

const rejected = [401, "invalid_api_key"];
const reasonOf = ({ logs }: TestBroker = broker) =>
  logs.findLast(({ reason }) => reason !== undefined)?.reason;

describe("a ticket", () => {
  it("is taken once, however many send it at once", async () => {
    const { value } = await ticketOf(broker);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(broker, value, offer)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(401)]);
    expect(await codeOf(await post(broker, value, offer))).toEqual(rejected);
    expect(reasonOf()).toBe("ticket-unknown");
  });

  it("is taken once by all replicas of one database", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tickets-"));
    const env = { DATABASE_URL: `sqlite:${join(folder, "broker.db")}` };
    const open = () => createTestBroker({ openai: supervised.openai, yaml: supervisedYaml, env });
    const [one, other] = [await open(), await open()];
    const { value } = await ticketOf(one);
    const answers = await Promise.all([one, other, one, other].map((replica) => post(replica, value, offer)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await post(other, value, offer)).status).toBe(401);
    await Promise.all([one.stop(), other.stop()]);
    rmSync(folder, { recursive: true });
  });

  it("expires with the profile's time", async () => {
    let later = 0;
    const clock = { now: () => systemClock.now() + later, monotonic: systemClock.monotonic };
    await using own = await supervise({ clock });
    const { value } = await ticketOf(own.broker);
    later = 61_000;
    expect(await codeOf(await post(own.broker, value, offer))).toEqual(rejected);
  });

  it.each([
    ["nothing but its beginning", "ek_", "ticket-malformed"],
    ["a key of OpenAI's", "ek_68af296e8e408191a1120ab6383263c2", "ticket-malformed"],
    ["another of the same length", `ek_${"A".repeat(43)}`, "ticket-unknown"],
    ["a very long one", `ek_${"A".repeat(5000)}`, "ticket-malformed"],
  ])("cannot be guessed: %s", async (_, guess, reason) => {
    expect(await codeOf(await post(broker, guess, offer))).toEqual(rejected);
    expect(reasonOf()).toBe(reason);
  });

  it("and its grant cannot be guessed either", async () => {
    const guess = { method: "POST", headers: as(`vg_${"A".repeat(43)}`) };
    expect(await codeOf(await broker.fetch("/v1/realtime/calls/rtc_1/hangup", guess))).toEqual(rejected);
    expect(reasonOf()).toBe("grant-unknown");
  });

  it("that is guessed too often locks its address out, as other credentials do", async () => {
    const yaml = supervisedYaml.replace("failed_authentication: none", "failed_authentication: 3 per minute");
    await using own = await supervise({ yaml });
    const { value } = await ticketOf(own.broker);
    const codes: number[] = [];
    for (let guess = 0; guess < 4; guess += 1) {
      codes.push((await post(own.broker, `ek_${"A".repeat(42)}${guess}`, offer)).status);
    }
    expect(codes).toEqual([401, 401, 401, 429]);
    expect((await post(own.broker, value, offer)).status).toBe(429);
  });

  it.each([
    ["GET", "/tools"],
    ["GET", "/current_time"],
    ["POST", "/ephemeral-key"],
    ["POST", "/v1/realtime/client_secrets"],
    ["POST", "/v1/realtime/calls/rtc_1/hangup"],
    ["POST", "/v1/responses"],
    ["GET", "/usage"],
    ["GET", "/sessions"],
  ])("opens nothing but its session: %s %s", async (method, path) => {
    const { value } = await ticketOf(broker);
    expect((await broker.fetch(path, { method, headers: as(value) })).status).toBe(401);
    expect((await post(broker, value, offer)).status).toBe(201);
  });

  it("is no credential in an address, and its grant neither", async () => {
    const { value, supervision } = await ticketOf(broker);
    for (const query of [`?key=${value}`, `?grant=${supervision?.grant}`, `?ek=ek_${"-".repeat(43)}`]) {
      expect((await post(broker, ALICE, offer, { query })).status).toBe(400);
      expect((await post(broker, value, offer, { query })).status).toBe(400);
    }
    expect(JSON.stringify(broker.logs)).not.toContain(value);
  });

  it("is for its profile and its session alone", async () => {
    const { value } = await ticketOf(broker);
    expect(await codeOf(await post(broker, value, offer, { query: "?profile=plain" }))).toEqual([
      422,
      "key-request-invalid",
    ]);
    const form = new FormData();
    form.set("sdp", offer);
    form.set("session", JSON.stringify({ type: "realtime", instructions: "Say anything." }));
    const refused = await broker.fetch("/v1/realtime/calls", {
      method: "POST",
      headers: as(value),
      body: form,
    });
    expect(await codeOf(refused)).toEqual([422, "key-request-invalid"]);
    expect((await post(broker, value, offer, { query: "?profile=default" })).status).toBe(201);
  });

  it("is not taken by a profile that is supervised no more, nor of a token that is configured no more", async () => {
    await using own = await supervise();
    const [first, second] = [await ticketOf(own.broker), await ticketOf(own.broker, "strict")];
    await own.broker.useConfig(supervisedYaml.replace("supervision: watch", "supervision: none"));
    expect(await codeOf(await post(own.broker, first.value, offer))).toEqual(rejected);
    expect(reasonOf(own.broker)).toBe("ticket-elsewhere");
    await own.broker.useConfig(supervisedYaml.replaceAll("alice", "carol"));
    expect(await codeOf(await post(own.broker, second.value, offer))).toEqual(rejected);
    expect(reasonOf(own.broker)).toBe("ticket-caller-ended");
  });

  it("gives no right that was taken from its caller since", async () => {
    await using own = await supervise();
    const { value } = await ticketOf(own.broker, "strict");
    await own.broker.useConfig(
      supervisedYaml.replace("  strict:\n", '  strict:\n    allow: ["role:staff"]\n'),
    );
    expect(await codeOf(await post(own.broker, value, offer))).toEqual([403, "profile-forbidden"]);
    const yaml = supervisedYaml.replace("name: alice,", "name: alice, roles: [staff],");
    const staffOnly = yaml.replace("  strict:\n", '  strict:\n    allow: ["role:staff"]\n');
    await own.broker.useConfig(staffOnly);
    const { value: next } = await ticketOf(own.broker, "strict");
    await own.broker.useConfig(staffOnly.replace("roles: [staff]", "roles: [guest]"));
    expect(await codeOf(await post(own.broker, next, offer))).toEqual([403, "profile-forbidden"]);
  });

  it("of a disabled user is refused, and one of a token that was replaced", async () => {
    const admin = async (method: string, path: string, body: object) => {
      const headers = { ...as(ALICE), "content-type": "application/json" };
      const request = { method, headers, body: JSON.stringify(body) };
      const answer = await broker.fetch(`/admin/api/users${path}`, request);
      expect(answer.status).toBe(200);
      return (await answer.json()) as { token: string };
    };
    const { token } = await admin("POST", "", { name: "dora" });
    const first = await ticketOf(broker, "default", token);
    const { token: next } = await admin("POST", "/dora/token", {});
    expect(await codeOf(await post(broker, first.value, offer))).toEqual(rejected);
    expect(reasonOf()).toBe("ticket-caller-ended");
    const second = await ticketOf(broker, "default", next);
    await admin("PATCH", "/dora", { disabled: true });
    expect(await codeOf(await post(broker, second.value, offer))).toEqual(rejected);
  });
});
