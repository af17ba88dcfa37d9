// Responses in the background are claimed once, by whichever replica asks first.
import { describe, expect, it } from "vitest";
import { sqlBackgroundResponses } from "../../server/ledger/background-responses.sql.ts";
import { databases } from "../support/databases.ts";
import { createTestTime } from "../support/time.ts";

const none = { tokens: 0, costNanoUsd: 0 };

describe.each(databases)("%s", (_, open) => {
  const opened = async () => {
    const { database, ...rest } = await open();
    const time = createTestTime();
    return { time, responses: sqlBackgroundResponses(database, time.clock), database, ...rest };
  };

  it("tells what is held to the first who asks, and nothing to the others", async () => {
    await using at = await opened();
    await at.responses.begin("resp_1", { tokens: 4096, costNanoUsd: 8_192_000.4 });
    const asked = await Promise.all([1, 2, 3].map(() => at.responses.claim("resp_1")));
    expect(asked.filter((each) => each !== undefined)).toEqual([{ tokens: 4096, costNanoUsd: 8_192_000 }]);
  });

  it("knows one that began elsewhere once too", async () => {
    await using at = await opened();
    expect(await at.responses.claim("resp_2")).toEqual(none);
    expect(await at.responses.claim("resp_2")).toBe(undefined);
    await at.responses.begin("resp_2", { tokens: 1, costNanoUsd: 1 });
    expect(await at.responses.claim("resp_2")).toBe(undefined);
  });

  it("forgets those that OpenAI has forgotten", async () => {
    await using at = await opened();
    await at.responses.claim("resp_old");
    await at.time.pass(91 * 86_400_000);
    await at.responses.begin("resp_new", none);
    expect(await at.database.all("select response_id from usage_responses")).toEqual([
      { response_id: "resp_new" },
    ]);
  });
});
