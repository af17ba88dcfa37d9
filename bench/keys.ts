// Minted keys and tool calls, and what callers and limits cost, side by side with simpler programs.
import { setTimeout as sleep } from "node:timers/promises";
import { measureCosts, waysToAuthenticate } from "./costs.ts";
import { flood } from "./flood.ts";
import { measure, median } from "./measure.ts";
import { perSecond, print, printCosts, printRows, printTarget } from "./print.ts";
import { type Program, start } from "./program.ts";
import { startRedis } from "./redis.ts";
import { addUser, callerTokens, fixedToken, jwks, startService } from "./service.ts";

const STARTS = 7;

/** Milliseconds from starting the process to its first minted key. */
const firstAnswer = async (upstream: string, token: string): Promise<number> => {
  const began = performance.now();
  const service = await startService(upstream);
  const answer = await fetch(`${service.url}/ephemeral-key`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await answer.text();
  const took = performance.now() - began;
  await service.stop();
  if (!answer.ok) throw new Error(`the first answer was ${answer.status}`);
  return took;
};

/** Measures and prints this section. */
export const measureKeys = async (): Promise<void> => {
  const upstream = await start("upstream.ts", [jwks]);
  const env = { OPENAI_BASE_URL: `${upstream.url}/v1` };
  const tokens = callerTokens();
  const programs: Program[] = [upstream];
  const keep = async (starting: Promise<Program>): Promise<Program> => {
    const program = await starting;
    programs.push(program);
    return program;
  };

  const starts: number[] = [];
  for (let index = 0; index < STARTS; index += 1) {
    starts.push(await firstAnswer(upstream.url, tokens[0] ?? ""));
  }

  const service = await keep(startService(upstream.url));
  await sleep(3000);
  const idleMiB = service.residentMiB();
  const express = await keep(start("peers/express-token-server.ts", [], env));
  const relay = await keep(start("peers/bare-relay.ts", [], env));
  const hono = await keep(start("peers/bare-hono-route.ts", [], env));

  const mints = await measure([
    { name: "this service (JWT, log, metrics)", program: service, path: "/ephemeral-key", tokens },
    { name: "Express token server", program: express, path: "/token", tokens },
    { name: "bare node:http relay", program: relay, path: "/", tokens },
  ]);
  const path = "/convert_units?value=26.2&from=mile&to=kilometre";
  const calls = await measure([
    { name: "this service (JWT, log, metrics)", program: service, path, tokens },
    { name: "bare Hono route", program: hono, path, tokens },
  ]);
  const userToken = await addUser("bench");
  const costs = await measureCosts(waysToAuthenticate(service.url, userToken));
  const redis = await startRedis();
  const overRedis = redis && (await keep(startService(upstream.url, { REDIS_URL: redis.url })));
  const token = { headers: () => ({ authorization: `Bearer ${fixedToken}` }) };
  const limitCosts = overRedis
    ? await measureCosts([
        { name: "limits in memory", url: service.url, ...token },
        { name: "limits in Redis", url: overRedis.url, ...token },
      ])
    : [];
  const flooded = await keep(startService(upstream.url, { TRUSTED_PROXIES: "127.0.0.1" }));
  const floodMiB = await flood(flooded);
  for (const program of programs) await program.stop();
  redis?.stop();

  printRows("Mints", mints);
  printRows("Tool calls", calls);
  printCosts("One mint at a time, by caller", costs);
  if (redis) printCosts("One mint at a time, by limits", limitCosts);
  else print("\nLimits in Redis were not measured: there is no redis-server on the path.");
  print();
  const overExpress = perSecond(mints[0]) / perSecond(mints[1]);
  const overRelay = perSecond(mints[0]) / perSecond(mints[2]);
  const overHono = perSecond(calls[0]) / perSecond(calls[1]);
  printTarget(
    "Mints, against the Express token server",
    `${overExpress.toFixed(2)}x`,
    ">= 1.2x",
    overExpress >= 1.2,
  );
  printTarget("Mints, against the bare relay", `${overRelay.toFixed(2)}x`, ">= 0.5x", overRelay >= 0.5);
  printTarget(
    "Tool calls, against the bare Hono route",
    `${overHono.toFixed(2)}x`,
    ">= 0.6x",
    overHono >= 0.6,
  );
  printTarget("Memory after 1,000,000 addresses", `${floodMiB.toFixed(0)} MiB`, "< 200 MiB", floodMiB < 200);
  printTarget("Resident memory, idle", `${idleMiB.toFixed(0)} MiB`, "< 110 MiB", idleMiB < 110);
  const first = median(starts);
  printTarget("From start to the first minted key", `${first.toFixed(0)} ms`, "< 600 ms", first < 600);
};
