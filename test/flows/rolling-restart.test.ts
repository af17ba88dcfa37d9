// Two replicas behind the nginx of deploy/, with the settings of its compose file, are restarted one after the other under load.
import { expect, it } from "vitest";
import { startDeployedNginx } from "../support/deployed-proxies.ts";
import { createDatabase } from "../support/postgres.ts";
import { startRedis } from "../support/redis.ts";
import { restartUnderLoad } from "../support/rolling-restart.ts";

it("a rolling restart loses no request, sends none twice, and the books have each", async () => {
  await using database = await createDatabase();
  await using redis = await startRedis();
  const { sent, failures, chats, recorded } = await restartUnderLoad({
    databaseUrl: database.url,
    redisUrl: redis.url,
    // A fifth of the times, and all else as it is.
    startProxy: (replicas) =>
      startDeployedNginx(replicas, { "keepalive_timeout 4s": "keepalive_timeout 800ms" }),
    env: { DRAIN_IDLE_SECONDS: "1" },
    perSecond: 60,
    rounds: 1,
  });
  expect(failures).toEqual({});
  expect(sent).toBeGreaterThan(150);
  expect(chats.arrived).toBe(chats.sent);
  expect(recorded).toBe(sent);
});
