// Minted keys: side by side with simpler programs, by kind of authentication, and from a cold start.
import { setTimeout as sleep } from "node:timers/promises";
import type { Lengths } from "./lengths.ts";
import { measure, median } from "./measure.ts";
import { startOffTheShelf } from "./peers.ts";
import { perSecond, print, printRows, printSingleRequests } from "./print.ts";
import { type Program, start } from "./program.ts";
import { startRedis } from "./redis.ts";
import { addUser, callerTokens, fixedToken, jwks, SERVICE, startService } from "./service.ts";
import {
  authenticationVariants,
  measureSingleRequests,
  type SingleRequestLatency,
} from "./single-requests.ts";
import { printBelow, printPlainRatio, printRatio } from "./targets.ts";

/** Until collections and the compile cache have settled. */
const SETTLE_MS = 3000;

/** Milliseconds from starting the process to its first minted key. */
const firstKey = async (upstream: Program, token: string): Promise<number> => {
  const began = performance.now();
  const service = await startService(upstream.url);
  const answer = await fetch(`${service.url}/ephemeral-key`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await answer.text();
  const took = performance.now() - began;
  await service.stop();
  if (!answer.ok) throw new Error(`the first answer was ${answer.status}`);
  return took;
};

/** Mints with limits in memory and in Redis; undefined where there is no `redis-server` on the path. */
const measureRedis = async (
  upstream: Program,
  service: Program,
  lengths: Lengths,
): Promise<SingleRequestLatency[] | undefined> => {
  const redis = await startRedis();
  if (!redis) return undefined;
  const overRedis = await startService(upstream.url, { REDIS_URL: redis.url });
  const headers = () => ({ authorization: `Bearer ${fixedToken}` });
  const latencies = await measureSingleRequests(
    [
      { name: "limits in memory", url: service.url, headers },
      { name: "limits in Redis", url: overRedis.url, headers },
    ],
    lengths,
  );
  await overRedis.stop();
  redis.stop();
  return latencies;
};

/** Measures and prints this section. */
export const measureKeys = async (lengths: Lengths): Promise<void> => {
  const upstream = await start("upstream.ts", [jwks]);
  const env = { OPENAI_BASE_URL: `${upstream.url}/v1` };
  const tokens = callerTokens();
  const starts: number[] = [];
  for (let index = 0; index < lengths.starts; index += 1) {
    starts.push(await firstKey(upstream, tokens[0] ?? ""));
  }
  const service = await startService(upstream.url);
  await sleep(SETTLE_MS);
  const idleMiB = service.residentMiB();
  const offTheShelf = await startOffTheShelf(upstream.url);
  const express = await start("peers/express-token-server.ts", [], env);
  const bare = await start("peers/bare-relay.ts", [], env);
  const mints = await measure(
    [
      { name: SERVICE, program: service, path: "/ephemeral-key", tokens },
      { name: "off-the-shelf parts", program: offTheShelf, path: "/token", tokens },
      { name: "Express token server", program: express, path: "/token", tokens },
      { name: "bare node:http relay", program: bare, path: "/", tokens },
    ],
    lengths,
  );
  const variants = authenticationVariants(service.url, await addUser("bench"));
  const byAuthentication = await measureSingleRequests(variants, lengths);
  const byLimits = await measureRedis(upstream, service, lengths);
  for (const program of [service, offTheShelf, express, bare, upstream]) await program.stop();

  printRows("Mints", mints);
  printSingleRequests("One mint at a time, by authentication", byAuthentication);
  if (byLimits) printSingleRequests("One mint at a time, by limits", byLimits);
  else print("\nLimits in Redis were not measured: there is no redis-server on the path.");
  print();
  const ratios = mints.slice(1).map((peer) => perSecond(mints[0]) / perSecond(peer));
  const [overOffTheShelf = Number.NaN, overExpress = Number.NaN, overBare = Number.NaN] = ratios;
  printPlainRatio("Mints, against off-the-shelf parts", overOffTheShelf);
  printRatio("Mints, against the Express token server", overExpress, 1.8, 2);
  printRatio("Mints, against the bare relay", overBare, 0.5, 0.6);
  printBelow("Resident memory, idle", idleMiB, "MiB", 95);
  printBelow("From start to the first minted key", median(starts), "ms", 300);
};
