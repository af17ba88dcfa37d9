// A real Redis Cluster of Debian's package: three masters on free ports, and a replica of one where a test wants a failover.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { installed } from "./debian.ts";
import { freePort, until } from "./wait.ts";

export interface TestCluster extends AsyncDisposable {
  /** Names all of its masters. */
  url: string;
  /** Kills the master that has this key, as a crash would; its replica takes over. */
  killMasterOf(key: string): Promise<void>;
}

const SLOTS = 16_384;
const MASTERS = 3;
/** The last slot of a master. */
const lastOf = (index: number): number => Math.floor(((index + 1) * SLOTS) / MASTERS) - 1;
/** After which a master that does not answer is replaced. */
const NODE_TIMEOUT_MS = 1000;

/** `replicaOf` is a key whose master gets a replica. Use with `await using`. */
export const startRedisCluster = async (replicaOf?: string): Promise<TestCluster> => {
  const program = await installed("/usr/bin/redis-server", "redis-server");
  const folder = mkdtempSync(join(tmpdir(), "redis-cluster-"));
  const startNode = async () => {
    const [port, bus] = [await freePort(), await freePort()];
    const flags = [
      ...["--port", `${port}`, "--cluster-port", `${bus}`, "--bind", "127.0.0.1", "--dir", folder],
      ...["--cluster-enabled", "yes", "--cluster-config-file", `nodes-${port}.conf`],
      ...["--cluster-node-timeout", `${NODE_TIMEOUT_MS}`, "--save", "", "--repl-diskless-sync-delay", "0"],
    ];
    const child = spawn(program, flags, { stdio: "ignore" });
    const gone = new Promise((resolve) => child.once("exit", resolve));
    const kill = async () => {
      child.kill("SIGKILL");
      await gone;
    };
    const client = createClient({ socket: { host: "127.0.0.1", port } });
    // It is killed while it is connected.
    client.on("error", () => {});
    await client.connect();
    return { port, bus, client, kill, id: await client.clusterMyId() };
  };
  const nodes = await Promise.all(Array.from({ length: MASTERS + (replicaOf ? 1 : 0) }, startNode));
  type Node = (typeof nodes)[number];
  const masters = nodes.slice(0, MASTERS);
  const [first, , , replica] = nodes as [Node, Node, Node, Node?];
  await Promise.all(
    masters.map(({ client }, index) => {
      const range = [lastOf(index - 1) + 1, lastOf(index)].map(String);
      return client.sendCommand(["CLUSTER", "ADDSLOTSRANGE", ...range]);
    }),
  );
  for (const [index, { port, bus, client }] of nodes.entries()) {
    await client.sendCommand(["CLUSTER", "SET-CONFIG-EPOCH", `${index + 1}`]);
    await first.client.sendCommand(["CLUSTER", "MEET", "127.0.0.1", `${port}`, `${bus}`]);
  }
  const info = async ({ client }: Node) => String(await client.sendCommand(["CLUSTER", "INFO"]));
  const masterOf = async (key: string): Promise<Node> => {
    const slot = await first.client.clusterKeySlot(key);
    const at = masters.findIndex((_, index) => slot <= lastOf(index));
    return masters[at] as Node;
  };
  for (const node of nodes) {
    await until("the cluster is whole", async () => {
      const text = await info(node);
      return text.includes("cluster_state:ok") && text.includes(`cluster_known_nodes:${nodes.length}`);
    });
  }
  if (replica && replicaOf) {
    const { id } = await masterOf(replicaOf);
    await replica.client.sendCommand(["CLUSTER", "REPLICATE", id]);
    await until("the replica has what its master has", async () =>
      String(await replica.client.sendCommand(["INFO", "replication"])).includes("master_link_status:up"),
    );
  }
  return {
    url: `redis://${masters.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    killMasterOf: async (key) => (await masterOf(key)).kill(),
    [Symbol.asyncDispose]: async () => {
      for (const { client, kill } of nodes) {
        client.destroy();
        await kill();
      }
      rmSync(folder, { recursive: true });
    },
  };
};
