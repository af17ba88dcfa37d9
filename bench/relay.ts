// Relayed chat completions, plain and streamed, side by side with other relays.
import { plainRequest, STREAM_END, streamedRequest } from "./chat.ts";
import { measureConstantRate } from "./constant-rate.ts";
import type { Lengths } from "./lengths.ts";
import { measure, median, type Target, type TargetResults } from "./measure.ts";
import { startNginx } from "./nginx.ts";
import { startBareRelay } from "./peers.ts";
import { portkeyHeaders, startPortkey } from "./portkey.ts";
import { perSecond, print, printLatencies, printRows } from "./print.ts";
import { start } from "./program.ts";
import { callerTokens, jwks, SERVICE, startService } from "./service.ts";
import { printBelow, printRatio } from "./targets.ts";

const PATH = "/v1/chat/completions";
const PER_SECOND = 200;

/** A relay under measurement, without the request. */
export type Relay = Omit<Target, "path" | "method" | "body">;

/** The same chat completion for each relay. */
export const chatTargets = (relays: readonly Relay[], body: string): Target[] =>
  relays.map((relay) => ({
    ...relay,
    headers: { "content-type": "application/json", ...relay.headers },
    path: PATH,
    method: "POST",
    body,
  }));

/** What is wrong with one answer, if anything: a load generator does not notice a stream that was cut. */
const flawOf = async (target: Target): Promise<string | undefined> => {
  const { name, program, path, tokens, headers, body } = target;
  const answer = await fetch(program.url + path, {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${tokens[0]}` },
    body: body ?? null,
  });
  const text = await answer.text();
  if (!answer.ok) return `${name} answers ${answer.status}: ${text.slice(0, 200)}`;
  const whole = body === streamedRequest ? text.endsWith(STREAM_END) : text.includes('"total_tokens":141');
  return whole ? undefined : `${name} does not answer the whole of ${path}: …${text.slice(-200)}`;
};

const printTargets = (
  how: string,
  [service, bare, portkey]: readonly TargetResults[],
  goals: { portkey: number; bare: number; portkeyPrize?: number; barePrize?: number },
): void => {
  const overPortkey = perSecond(service) / perSecond(portkey);
  const overBare = perSecond(service) / perSecond(bare);
  printRatio(`${how}, against Portkey`, overPortkey, goals.portkey, goals.portkeyPrize);
  printRatio(`${how}, against the bare relay`, overBare, goals.bare, goals.barePrize);
  const p99 = median((service?.rounds ?? []).map((round) => round.p99));
  const p50 = median((portkey?.rounds ?? []).map((round) => round.p50));
  // Refusing everything is quick too.
  printBelow(`${how}, p99, against Portkey's p50`, p99, "ms", p50, { holds: perSecond(service) > 0 });
};

/** Measures and prints this section. */
export const measureRelay = async (lengths: Lengths): Promise<void> => {
  const upstream = await start("upstream.ts", [jwks]);
  const service = await startService(upstream.url);
  const bare = await startBareRelay(upstream.url);
  const portkey = await startPortkey();
  const nginx = await startNginx(upstream.url);

  const tokens = callerTokens();
  const relays: Relay[] = [
    { name: SERVICE, program: service, tokens },
    { name: "bare node:http relay", program: bare, tokens },
    { name: "Portkey", program: portkey, tokens: ["sk-bench"], headers: portkeyHeaders(upstream.url) },
    ...(nginx ? [{ name: "nginx", program: nginx, tokens }] : []),
  ];
  const plain = chatTargets(relays, plainRequest);
  const streamed = chatTargets(relays, streamedRequest);
  const flaws: (string | undefined)[] = [];
  for (const target of [...plain, ...streamed]) flaws.push(await flawOf(target));
  const plainResults = await measure(plain, lengths);
  const streamedResults = await measure(streamed, lengths);
  const direct: Relay = { name: "upstream, asked directly", program: upstream, tokens };
  const latencies = await measureConstantRate(
    chatTargets([direct, ...relays], plainRequest),
    PER_SECOND,
    lengths,
  );
  for (const { program } of [...relays, direct]) await program.stop();

  printRows("Relayed chat completions, plain", plainResults);
  printRows("Relayed chat completions, streamed", streamedResults);
  printLatencies(`Plain, at ${PER_SECOND} req/s`, latencies);
  if (!nginx) print("\nnginx was not measured: there is none on the path.");
  print();
  for (const flaw of flaws) if (flaw !== undefined) print(flaw);
  printTargets("Plain", plainResults, { portkey: 3.6, portkeyPrize: 4, bare: 0.62, barePrize: 0.7 });
  printTargets("Streamed", streamedResults, { portkey: 8, bare: 0.68 });
  const added = (latencies[1]?.p50 ?? Number.NaN) - (latencies[0]?.p50 ?? Number.NaN);
  printBelow(`Plain, added p50 at ${PER_SECOND} req/s`, added, "ms", 0.3, { digits: 3 });
};
