// What Redis' refusals mean for the operator. Pure.
import { redact } from "../observe/redact.ts";
import type { About } from "./about.ts";
import type { Finding } from "./finding.ts";

/** What the server said to a command. */
export interface RedisRefusal {
  command: string;
  words: string;
}

/** What the server says to a password, or to the number of a database; undefined for anything else. */
export const passwordFault = (on: About, words: string): Finding | undefined => {
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
  if (/cluster support disabled/i.test(words)) {
    return on.fault(
      "redis.no-cluster",
      "is no cluster",
      "REDIS_CLUSTER is true, and the server at REDIS_URL runs by itself.",
      "Leave REDIS_CLUSTER out, or set REDIS_URL to servers of the cluster.",
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

/** One finding for each kind of refusal. */
export const refusalFaults = (on: About, refusals: readonly RedisRefusal[]): Finding[] => {
  const found = new Map<string, Finding>();
  for (const { command, words } of refusals) {
    const finding = refusalOf(on, command, words);
    if (!found.has(finding.check)) found.set(finding.check, finding);
  }
  return [...found.values()];
};

/** By the first word, which is a code. */
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
        word === "CLUSTERDOWN"
          ? "Look at the cluster (`redis-cli cluster info`): a part of its slots has no master. REDIS_CLUSTER must be true for it."
          : "Set REDIS_CLUSTER to true.",
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
      return passwordFault(on, words) ?? unknownRefusal(on, command, words);
  }
};

const unknownRefusal = (on: About, command: string, words: string): Finding =>
  on.fault(
    "redis.refused",
    `refuses ${command}`,
    `It said: ${redact(words, 200)}`,
    "Look at its configuration; the service needs SET, GET, DEL and EVAL.",
  );
