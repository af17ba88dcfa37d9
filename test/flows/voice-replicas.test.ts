// Two replicas as processes: sessions whose replica is killed, or stops, go on under the other.
import { describe, expect, it } from "vitest";
import { ledgers } from "../support/ledger.ts";
import { voiceReplicas } from "../support/voice-replicas.ts";

const SESSIONS = 20;

describe.each(ledgers)("%s", (_, open) => {
  it("has all sessions of a replica that was killed taken over within five seconds, with exact sums", async () => {
    await using ledger = await open();
    await using place = await voiceReplicas(ledger, SESSIONS);
    const first = await place.startReplica();
    await place.startReplica();
    await place.startSessions([first]);
    await place.speak();
    await place.isBooked();
    const killed = await place.owners();
    first.process.signal("SIGKILL");
    expect(await place.takenOverFrom(killed)).toBeLessThan(5500);
    await place.speak();
    await place.isBooked();
    await place.endAll();
    const reasons = async () => (await place.store.list({})).map(({ reason }) => reason);
    await expect.poll(reasons).toEqual(Array(SESSIONS).fill("operator"));
  });

  it("hands all sessions of a replica that stops to the other within a second, and ends none", async () => {
    await using ledger = await open();
    await using place = await voiceReplicas(ledger, SESSIONS);
    const first = await place.startReplica();
    await place.startReplica();
    await place.startSessions([first]);
    const stopped = await place.owners();
    first.process.signal("SIGTERM");
    expect(await first.process.exited).toBe(0);
    expect(await place.takenOverFrom(stopped)).toBeLessThan(1500);
    await place.speak();
    await place.isBooked();
  });
});
