// The plain settings, continued: the Redis that replicas share.
import { z } from "zod";
import { secretText } from "../secret-schema.ts";
import { isRedisAddress } from "../store/cluster-nodes.ts";
import { flag, type SettingRow } from "./setting-types.ts";

export const redisSettings = {
  redis_url: {
    env: "REDIS_URL",
    schema: secretText(
      z.string().refine(isRedisAddress, "must be an address such as redis://localhost:6379"),
      {
        sample: "redis://secret-that-was-not-read:6379",
        isEncoded: true,
      },
    ),
    default: undefined,
    reload: "restart",
    doc: "Redis or Valkey, where several replicas count limits together. Without it each counts by itself. Of a cluster it may name several servers: redis://USER:PASSWORD@a:6379,b:6379.",
  },
  redis_cluster: {
    env: "REDIS_CLUSTER",
    schema: flag,
    default: false,
    reload: "restart",
    doc: "Whether REDIS_URL is a Redis Cluster's: then what replicas share is spread over its masters.",
  },
} as const satisfies Record<string, SettingRow>;
