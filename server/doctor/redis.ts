// Redis: whether it can be reached, takes what the service sends, is quick, and keeps what it is given.
import { type About, about } from "./about.ts";
import { explainConnectionError } from "./connection-error.ts";
import type { Check, Finding } from "./finding.ts";
import { medianOf } from "./median.ts";
import { passwordFault, type RedisRefusal, refusalFaults } from "./redis-refusals.ts";

export interface RedisFacts {
  /** The fields of INFO; empty where the server does not tell them. */
  info: Readonly<Record<string, string>>;
  /** Round trips, in milliseconds. */
  pingMs: readonly number[];
  /** What the server said to commands of the service's kind, where it refused them. */
  refusals: readonly RedisRefusal[];
}

export interface RedisPorts {
  /** Rejects with the connection's error, or with what the server said to the password. */
  probe(signal: AbortSignal): Promise<RedisFacts>;
  /** The address without its password. */
  place: string;
  /** Whether the port takes connections at all. */
  isListening(): Promise<boolean>;
}

/** A request waits no longer for Redis than this; then it is counted without. */
const MAX_WAIT_MS = 50;
const SLOW_MS = 10;
/** The oldest that still gets fixes somewhere; Valkey says 7.2 here. */
const OLDEST = 6;
const NEARLY_FULL = 0.9;

export const redisCheck = ({ probe, place, isListening }: RedisPorts): Check => ({
  ...{ id: "redis", title: "Redis", group: "Data" },
  run: async (signal) => {
    const on = about(place);
    let facts: RedisFacts;
    try {
      facts = await probe(signal);
    } catch (error) {
      return [unreached(on, error, await isListening())];
    }
    const found = [...refusalFaults(on, facts.refusals), ...slowness(on, facts), ...settingsOf(on, facts)];
    if (found.some(({ level }) => level !== "note")) return found;
    const ms = round(medianOf(facts.pingMs));
    return [on.ok("redis", `${versionOf(facts.info)} answers within ${ms} ms`, { latencyMs: ms }), ...found];
  },
});

const unreached = (on: About, error: unknown, isListening: boolean): Finding => {
  const words = error instanceof Error ? error.message : "";
  const refused = passwordFault(on, words);
  if (refused) return refused;
  const { kind, cause, fix } = explainConnectionError(error);
  // A server without TLS waits for more of what it takes for a command.
  if (kind === "tls-protocol" || kind === "closed" || (kind === "timeout" && isListening)) {
    return on.fault(
      "redis.tls",
      "takes the connection, and does not answer to the address's protocol",
      "One side speaks TLS and the other does not, or not the same version.",
      "Write rediss:// in REDIS_URL where the server expects TLS, redis:// where it does not.",
    );
  }
  if (/RESP type|protocol/i.test(words)) {
    return on.fault(
      "redis.not-redis",
      "is no Redis",
      "What listens there answers in another protocol.",
      "Correct host and port in REDIS_URL.",
    );
  }
  const id = kind.startsWith("tls") ? "redis.certificate" : "redis.unreachable";
  return on.fault(
    id,
    "cannot be reached",
    `${cause} Limits and budgets are counted by each replica for itself meanwhile.`,
    kind.startsWith("tls") ? fix : `${fix} The address is that of REDIS_URL.`,
  );
};

const slowness = (on: About, { pingMs }: RedisFacts): Finding[] => {
  const ms = round(medianOf(pingMs));
  if (ms <= SLOW_MS) return [];
  const cause = `A request waits ${MAX_WAIT_MS} ms for it in all, and is then counted by its replica alone.`;
  const fix = "Use a Redis in the same data centre, and look at its load (`redis-cli --latency`).";
  const figures = { latencyMs: ms };
  return ms > MAX_WAIT_MS
    ? [on.fault("redis.slow", `takes ${ms} ms for an answer, which is too long`, cause, fix, figures)]
    : [on.warning("redis.slow", `takes ${ms} ms for an answer`, cause, fix, figures)];
};

const settingsOf = (on: About, { info }: RedisFacts): Finding[] => {
  const found: Finding[] = [];
  const major = Number.parseInt(info.redis_version ?? "", 10);
  if (major < OLDEST) {
    found.push(
      on.warning(
        "redis.version",
        `is ${versionOf(info)}, which gets no fixes any more`,
        "It is older than what the service is tried with.",
        "Upgrade to Redis 7 or Valkey 8.",
      ),
    );
  }
  const max = Number(info.maxmemory ?? 0);
  const used = Number(info.used_memory ?? 0);
  if (max > 0 && info.maxmemory_policy?.startsWith("allkeys")) {
    found.push(
      on.warning(
        "redis.eviction",
        `may forget counts: its eviction policy is ${info.maxmemory_policy}`,
        "When it is full it removes any key: limits begin anew, and a signed request could pass twice.",
        "Set maxmemory-policy to volatile-ttl or noeviction, and give the service a Redis of its own.",
      ),
    );
  }
  // Beyond it, what it refuses tells more.
  if (max > 0 && used / max > NEARLY_FULL && used <= max) {
    found.push(
      on.warning(
        "redis.memory",
        `has used ${Math.round((used / max) * 100)} % of its memory`,
        "When it is full it refuses writes or removes keys, as its eviction policy says.",
        "Raise maxmemory, or look what else fills it (`redis-cli --bigkeys`).",
        { usedBytes: used, maxBytes: max },
      ),
    );
  }
  if (info.rdb_last_bgsave_status === "err") {
    found.push(
      on.warning(
        "redis.snapshot",
        "could not save its last snapshot",
        "After a restart it would have older counts, and by default it soon refuses writes.",
        "Look at its log, disk and folder.",
      ),
    );
  }
  return found;
};

const versionOf = (info: RedisFacts["info"]): string => {
  if (info.valkey_version !== undefined) return `Valkey ${info.valkey_version}`;
  return info.redis_version === undefined ? "Redis" : `Redis ${info.redis_version}`;
};

const round = (ms: number): number => Math.round(ms * 10) / 10;
