// Redis: whether it can be reached, takes what the service sends, is quick, and keeps what it is given.
import { redact } from "../observe/redact.ts";
import { type About, about } from "./about.ts";
import { explainConnectionError } from "./connection-error.ts";
import type { Check, Finding } from "./finding.ts";
import { medianOf } from "./median.ts";

export interface RedisFacts {
  /** The fields of INFO; empty where the server does not tell them. */
  info: Readonly<Record<string, string>>;
  /** Round trips, in milliseconds. */
  pingMs: readonly number[];
  /** What the server said to commands of the service's kind, where it refused them. */
  refusals: readonly { command: string; words: string }[];
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
    const found = [...refusalsIn(on, facts), ...slowness(on, facts), ...settingsOf(on, facts)];
    if (found.some(({ level }) => level !== "note")) return found;
    const ms = round(medianOf(facts.pingMs));
    return [on.ok("redis", `${versionOf(facts.info)} answers within ${ms} ms`, { latencyMs: ms }), ...found];
  },
});

const unreached = (on: About, error: unknown, isListening: boolean): Finding => {
  const words = error instanceof Error ? error.message : "";
  const refused = wordsOf(on, words);
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

/** What the first word of a refusal means. */
const wordsOf = (on: About, words: string): Finding | undefined => {
  if (/^(?:NOAUTH|WRONGPASS)|AUTH <password>|invalid password/i.test(words)) {
    return on.fault(
      "redis.auth",
      "does not accept the password",
      words.startsWith("NOAUTH")
        ? "It asks for a password, and REDIS_URL has none."
        : "User or password in REDIS_URL are not the server's, or it has none.",
      "Set REDIS_URL to redis://USER:PASSWORD@HOST:PORT; special characters in it must be URL-encoded.",
    );
  }
  if (/DB index/i.test(words)) {
    return on.fault(
      "redis.database",
      "has no database of that number",
      "The number at the end of REDIS_URL is larger than the server's `databases`; a cluster has 0 only.",
      "Leave the number out of REDIS_URL, or choose a smaller one.",
    );
  }
  return undefined;
};

const refusalsIn = (on: About, { refusals }: RedisFacts): Finding[] => {
  const found = new Map<string, Finding>();
  for (const { command, words } of refusals) {
    const finding = refusalOf(on, command, words);
    if (!found.has(finding.check)) found.set(finding.check, finding);
  }
  return [...found.values()];
};

const refusalOf = (on: About, command: string, words: string): Finding => {
  const [word = ""] = words.split(" ", 1);
  switch (word) {
    case "NOPERM":
      return on.fault(
        "redis.permission",
        `does not let the service's user run ${command}`,
        "An access list (ACL) of Redis forbids it.",
        "Give the user in REDIS_URL what the service needs: ACL SETUSER NAME ~broker:* +@read +@write +@scripting +@connection.",
      );
    case "READONLY":
      return on.fault(
        "redis.read-only",
        "is a replica, which nothing can be written to",
        "REDIS_URL leads to a copy and not to the primary, perhaps since a failover.",
        "Set REDIS_URL to the primary, or to a name that follows it.",
      );
    case "OOM":
      return on.fault(
        "redis.full",
        "has no memory left and refuses writes",
        "It has reached its maxmemory, and its eviction policy removes nothing.",
        "Raise maxmemory, or look what else fills it.",
      );
    case "MISCONF":
      return on.fault(
        "redis.disk",
        "refuses writes because it cannot save to its disk",
        "Its last snapshot failed, most often for a full disk or a folder that it may not write.",
        "Look at its log and disk; `CONFIG SET stop-writes-on-bgsave-error no` lets it go on without.",
      );
    case "MOVED":
    case "CLUSTERDOWN":
    case "CROSSSLOT":
    case "ASK":
      return on.fault(
        "redis.cluster",
        "is one node of a Redis Cluster",
        `It answered ${word} to ${command}: other keys are on other nodes.`,
        "Use a Redis that is no cluster, or the cluster's proxy or single-shard address.",
      );
    case "LOADING":
    case "MASTERDOWN":
      return on.fault(
        "redis.starting",
        "does not take commands yet",
        "It is reading its data, or waits for its primary.",
        "Wait, and look at its log if it lasts.",
      );
    default:
      return wordsOf(on, words) ?? unknownRefusal(on, command, words);
  }
};

const unknownRefusal = (on: About, command: string, words: string): Finding =>
  on.fault(
    "redis.refused",
    `refuses ${command}`,
    `It said: ${redact(words, 200)}`,
    "Look at its configuration; the service needs SET, GET, DEL and EVAL.",
  );

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
