// Opens the Redis that replicas share: one server or a cluster, as the settings say.
import type { Settings } from "../config/settings.ts";
import type { Log } from "../observe/log.ts";
import type { Secret } from "../secret.ts";
import type { SharedRedis } from "../store/redis.node.ts";

/** What talks to Redis is loaded only where it is needed: it takes memory, and time to start. */
export const openRedis = async (
  url: Secret,
  { redis_cluster: isCluster }: Pick<Settings, "redis_cluster">,
  log: Log,
): Promise<SharedRedis> => {
  if (isCluster) {
    const { connectRedisCluster } = await import("../store/redis-cluster.node.ts");
    return connectRedisCluster(url, log);
  }
  const { connectRedis } = await import("../store/redis.node.ts");
  return connectRedis(url, log);
};
