// Relayed chat completions, plain and streamed, side by side with other relays.
import { plainQuestion, STREAM_END, streamedQuestion } from "./chat.ts";
import { type Measured, measure, median, type Target } from "./measure.ts";
import { startNginx } from "./nginx.ts";
import { measurePaced } from "./paced.ts";
import { portkeyHeaders, startPortkey } from "./portkey.ts";
import { perSecond, print, printPaced, printRows, printTarget } from "./print.ts";
import { start } from "./program.ts";
import { callerTokens, jwks, startService } from "./service.ts";

const PATH = "/v1/chat/completions";
const PER_SECOND = 200;

type Relay = Omit<Target, "path" | "method" | "body">;

const asking = (relays: readonly Relay[], body: string): Target[] =>
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
  const whole = body === streamedQuestion ? text.endsWith(STREAM_END) : text.includes('"total_tokens":141');
  return whole ? undefined : `${name} does not answer the whole of ${path}: …${text.slice(-200)}`;
};

// Over a relay that answers nothing, any ratio is infinite.
const reaches = (ratio: number, least: number): boolean => Number.isFinite(ratio) && ratio >= least;

const printTargets = (how: string, [service, relay, portkey]: readonly Measured[]): void => {
  const overPortkey = perSecond(service) / perSecond(portkey);
  const overRelay = perSecond(service) / perSecond(relay);
  printTarget(`${how}, against Portkey`, `${overPortkey.toFixed(2)}x`, ">= 4x", reaches(overPortkey, 4));
  printTarget(
    `${how}, against the bare relay`,
    `${overRelay.toFixed(2)}x`,
    ">= 0.6x",
    reaches(overRelay, 0.6),
  );
  const p99 = median((service?.rounds ?? []).map((round) => round.p99));
  const p50 = median((portkey?.rounds ?? []).map((round) => round.p50));
  printTarget(
    `${how}, p99, against Portkey's p50`,
    `${p99.toFixed(1)} ms`,
    `< ${p50.toFixed(1)} ms`,
    // Refusing everything is quick too.
    p99 < p50 && perSecond(service) > 0,
  );
};

/** Measures and prints this section. */
export const measureRelayed = async (): Promise<void> => {
  const upstream = await start("upstream.ts", [jwks]);
  const service = await startService(upstream.url);
  const bare = await start("peers/bare-chat-relay.ts", [], { OPENAI_BASE_URL: `${upstream.url}/v1` });
  const portkey = await startPortkey();
  const nginx = await startNginx(upstream.url);

  const tokens = callerTokens();
  const relays: Relay[] = [
    { name: "this service (JWT, log, metrics)", program: service, tokens },
    { name: "bare node:http relay", program: bare, tokens },
    { name: "Portkey", program: portkey, tokens: ["sk-bench"], headers: portkeyHeaders(upstream.url) },
    ...(nginx ? [{ name: "nginx", program: nginx, tokens }] : []),
  ];
  const plain = asking(relays, plainQuestion);
  const streamed = asking(relays, streamedQuestion);
  const flaws: (string | undefined)[] = [];
  for (const target of [...plain, ...streamed]) flaws.push(await flawOf(target));
  const plainRounds = await measure(plain);
  const streamedRounds = await measure(streamed);
  const direct: Relay = { name: "upstream, asked directly", program: upstream, tokens };
  const paced = await measurePaced(asking([direct, ...relays], plainQuestion), PER_SECOND);
  for (const { program } of [...relays, direct]) await program.stop();

  printRows("Relayed chat completions, plain", plainRounds);
  printRows("Relayed chat completions, streamed", streamedRounds);
  printPaced(`Plain, at ${PER_SECOND} req/s`, paced);
  if (!nginx) print("\nnginx was not measured: there is none on the path.");
  print();
  for (const flaw of flaws) if (flaw !== undefined) print(flaw);
  printTargets("Plain", plainRounds);
  printTargets("Streamed", streamedRounds);
  const added = (paced[1]?.p50 ?? Number.NaN) - (paced[0]?.p50 ?? Number.NaN);
  printTarget(`Plain, added p50 at ${PER_SECOND} req/s`, `${added.toFixed(3)} ms`, "< 0.5 ms", added < 0.5);
};
