// Where the service's processor time goes: V8's own profile of it under load, by module and by function.
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plainRequest } from "./chat.ts";
import type { Lengths } from "./lengths.ts";
import { load, sendBurst, type Target } from "./measure.ts";
import { print, printRow } from "./print.ts";
import { type Program, start } from "./program.ts";
import { chatTargets } from "./relay.ts";
import { callerTokens, jwks, SERVICE, startService } from "./service.ts";
import { connectAll, pace } from "./sidebands.ts";
import { TOOL_PATH } from "./tools.ts";
import { startVoiceService } from "./voice-service.ts";

/** As `--cpu-prof` writes it: samples are ids of nodes, deltas microseconds. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

const SHOWN_MODULES = 20;
const SHOWN_FUNCTIONS = 40;
const root = new URL("../", import.meta.url).href;

/** `server/http`, `node_modules/hono`, `node:net`, `(garbage collector)` … */
const moduleOf = (url: string, functionName: string): string => {
  const [, dependency] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (dependency) return `node_modules/${dependency}`;
  if (url.startsWith(root)) return url.slice(root.length).split("/").slice(0, 2).join("/");
  return url === "" ? functionName : url.split("/").slice(0, 2).join("/");
};

const printShares = (
  title: string,
  shares: ReadonlyMap<string, number>,
  requests: number,
  shown: number,
): void => {
  print();
  printRow("us each", title);
  for (const [name, microseconds] of [...shares].toSorted(([, a], [, b]) => b - a).slice(0, shown)) {
    print(`${(microseconds / requests).toFixed(2).padStart(10)}  ${name}`);
  }
};

/** `microseconds` is how much of the profile's end is shown: what came before is the start and the warm-up. */
const printProfile = (profile: CpuProfile, microseconds: number, requests: number): void => {
  let left = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0);
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const modules = new Map<string, number>();
  const functions = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    left -= delta;
    const { functionName = "", url = "", lineNumber = 0 } = frames.get(id) ?? {};
    if (left > microseconds || functionName === "(idle)") continue;
    const place = url === "" ? "" : ` ${url.replace(root, "")}:${lineNumber + 1}`;
    const name = `${functionName || "(anonymous)"}${place}`;
    functions.set(name, (functions.get(name) ?? 0) + delta);
    const module = moduleOf(url, functionName);
    modules.set(module, (modules.get(module) ?? 0) + delta);
  }
  printShares("module", modules, requests, SHOWN_MODULES);
  printShares("function", functions, requests, SHOWN_FUNCTIONS);
};

interface Profiled {
  folder: string;
  env: Record<string, string>;
}

const profiled = (): Profiled => {
  const folder = mkdtempSync(join(tmpdir(), "bench-profile-"));
  const flags = `--cpu-prof --cpu-prof-interval=500 --cpu-prof-dir=${folder}`;
  return { folder, env: { NODE_OPTIONS: flags } };
};

/** Stops the service: Node writes the profile at its end. */
const readProfile = async (service: Program, { folder }: Profiled): Promise<[CpuProfile, string]> => {
  await service.stop();
  const path = join(folder, readdirSync(folder)[0] ?? "");
  return [JSON.parse(readFileSync(path, "utf8")), path];
};

const profileTarget = async (
  upstream: Program,
  name: string,
  targetOf: (program: Program) => Target | undefined,
  lengths: Lengths,
): Promise<void> => {
  const profiling = profiled();
  const service = await startService(upstream.url, profiling.env);
  const target = targetOf(service);
  if (!target) return;
  await sendBurst(target, lengths);
  await load(target, { seconds: lengths.warmUpSeconds });
  const began = performance.now();
  const { answered, perSecond, cpuMicroseconds } = await load(target, {
    seconds: lengths.rounds * lengths.roundSeconds,
  });
  const [profile, path] = await readProfile(service, profiling);
  const microseconds = (performance.now() - began) * 1000;
  print(
    `\n${name}: ${perSecond.toFixed(0)} req/s, ${cpuMicroseconds.toFixed(0)} us of processor time each; ${path}`,
  );
  printProfile(profile, microseconds, answered);
};

const profileSidebands = async ({ voiceSessions, warmUpSeconds, voiceSeconds }: Lengths): Promise<void> => {
  const upstream = await start("voice-upstream.ts");
  const profiling = profiled();
  const service = await startVoiceService(upstream, profiling.env);
  await connectAll(service, voiceSessions);
  await pace(upstream, warmUpSeconds);
  const [began, before] = [performance.now(), service.cpuSeconds()];
  const { events, seconds } = await pace(upstream, voiceSeconds);
  const cpuSeconds = service.cpuSeconds() - before;
  const [profile, path] = await readProfile(service, profiling);
  const microseconds = (performance.now() - began) * 1000;
  await upstream.stop();
  print(
    `\nSidebands: ${(events / seconds).toFixed(0)} events/s, ${((cpuSeconds * 1e6) / events).toFixed(1)} us of processor time each; ${path}`,
  );
  printProfile(profile, microseconds, events);
};

/** Profiles mints, tool calls, relayed chat completions and sidebands. */
export const profileService = async (lengths: Lengths): Promise<void> => {
  const upstream = await start("upstream.ts", [jwks]);
  const tokens = callerTokens();
  const sent = (program: Program) => ({ name: SERVICE, program, tokens });
  const profile = (name: string, targetOf: (program: Program) => Target | undefined) =>
    profileTarget(upstream, name, targetOf, lengths);
  await profile("Mints", (program) => ({ ...sent(program), path: "/ephemeral-key" }));
  await profile("Tool calls", (program) => ({ ...sent(program), path: TOOL_PATH }));
  await profile(
    "Relayed chat completions, plain",
    (program) => chatTargets([sent(program)], plainRequest)[0],
  );
  await upstream.stop();
  await profileSidebands(lengths);
};
