// The connections to a Redis Cluster that replicas share: one to each master; they follow a failover by themselves.
import { createCluster } from "@redis/client";
import type { Log } from "../observe/log.ts";
import type { Secret } from "../secret.ts";
import { clusterNodes } from "./cluster-nodes.ts";
import type { SharedRedis } from "./redis.node.ts";

/** While a master is away, the others are asked so often who has its slots now. */
const REFRESH_MS = 1000;

const clusterOf = (url: Secret) => {
  // The URL may contain a password.
  const nodes = clusterNodes(url.reveal());
  const { username = "", password = "", protocol } = nodes[0] ?? {};
  const common = {
    connectTimeout: 2000,
    reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, 1000),
  };
  return createCluster({
    rootNodes: nodes.map(({ href }) => ({ url: href })),
    // RESP 2: all versions of Redis and Valkey speak it.
    RESP: 2,
    topologyRefreshOnReconnectionAttemptStrategy: REFRESH_MS,
    // For the servers that the first one names.
    defaults: {
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      // A command that cannot be sent now fails at once, instead of waiting for the connection.
      disableOfflineQueue: true,
      maintNotifications: "disabled",
      socket: protocol === "rediss:" ? { ...common, tls: true } : common,
    },
  });
};

const FIRST_CONNECT_MS = 1000;
/** The client would wait for ever for a master that is gone before it has seen it. */
const ATTEMPT_MS = 5000;
const PAUSE_MS = 1000;

/**
 * Connects to all masters, and asks anew who they are when one is lost. `url` names one server or several. Resolves within a second,
 * also without a connection, so that the service starts while the cluster is away.
 */
export const connectRedisCluster = async (url: Secret, log: Log): Promise<SharedRedis> => {
  const connectedWork: (() => void)[] = [];
  let failedWork: ((error: Error) => void)[] = [];
  let lost = false;
  let closed = false;

  const onError = (error: Error): void => {
    if (!lost && !closed) log.write("warn", "redis-lost", { setting: "REDIS_URL", reason: error.message });
    lost = true;
    const works = failedWork;
    failedWork = [];
    for (const work of works) work(error);
  };
  const mastersOf = ({ masters }: typeof cluster) => masters.map(({ client }) => client);
  const onConnected = (): void => {
    if (lost && mastersOf(cluster).every((client) => client?.isReady)) {
      log.write("info", "redis-back", {});
      lost = false;
    }
    for (const work of connectedWork) work();
  };
  const create = () => {
    const created = clusterOf(url);
    created.on("error", onError);
    created.on("node-error", onError);
    created.on("node-ready", () => {
      // Before all are connected, nothing can be sent.
      if (created.isReady) onConnected();
    });
    return created;
  };
  let cluster = create();
  const destroy = (): void => {
    if (cluster.isOpen) cluster.destroy();
  };

  const connect = async (): Promise<void> => {
    while (!closed) {
      const attempt = cluster.connect().then(
        () => true,
        () => false,
      );
      if (await Promise.race([attempt, after(ATTEMPT_MS)])) return onConnected();
      if (closed) return;
      destroy();
      await after(PAUSE_MS);
      cluster = create();
    }
  };
  await Promise.race([connect(), after(FIRST_CONNECT_MS)]);

  const isReady = (): boolean => cluster.isReady && mastersOf(cluster).some((client) => client?.isReady);
  return {
    client: {
      get isReady() {
        return isReady();
      },
      get: (key) => cluster.get(key),
      set: (key, value, options) => cluster.set(key, value, options),
      eval: (script, input) => cluster.eval(script, input),
      evalSha: (sha, input) => cluster.evalSha(sha, input),
      scriptLoad: (script) =>
        Promise.allSettled(mastersOf(cluster).map((client) => client?.scriptLoad(script))),
      multi: () => cluster.multi(),
    },
    get ready() {
      return isReady();
    },
    // Of any: a cluster that has lost one master still counts most of what it is asked to.
    ping: () => Promise.any(mastersOf(cluster).map(async (client) => client?.ping())),
    send: (words, key) => cluster.sendCommand(key, false, words),
    onConnected: (work) => void connectedWork.push(work),
    onceFailed: (work) => void failedWork.push(work),
    close: () => {
      closed = true;
      destroy();
    },
  };
};

const after = (ms: number): Promise<false> =>
  new Promise((resolve) => setTimeout(() => resolve(false), ms).unref());
