// What a ticket adds to connecting: one page at a time, the steps in turn, beside those of a page without supervision.
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import type { Lengths } from "./lengths.ts";
import { quantile } from "./measure.ts";
import { print, printRow } from "./print.ts";
import { start } from "./program.ts";
import { fixedToken } from "./service.ts";
import { printBelow } from "./targets.ts";
import { askForKey, connectCall, startVoiceService } from "./voice-service.ts";

const steps = ["a minted key", "a ticket", "SDP to OpenAI, directly", "SDP with a ticket"] as const;
/** After a session's end. */
const SETTLE_MS = 5;
type Step = (typeof steps)[number];

/** Measures and prints this part. */
export const measureConnecting = async ({ singleRequests }: Lengths): Promise<void> => {
  const upstream = await start("voice-upstream.ts");
  const service = await startVoiceService(upstream);
  const dispatcher = new Agent({ connections: 1 });
  const times: Record<Step, number[]> = {
    ...{ "a minted key": [], "a ticket": [] },
    ...{ "SDP to OpenAI, directly": [], "SDP with a ticket": [] },
  };
  const warmUpRounds = singleRequests / 5;
  for (let round = 0; round < warmUpRounds + singleRequests; round += 1) {
    const timed = async (step: Step, work: () => Promise<string>): Promise<string> => {
      const began = performance.now();
      const result = await work();
      if (round >= warmUpRounds) times[step].push(performance.now() - began);
      return result;
    };
    await timed("a minted key", () => askForKey(service.url, "default", dispatcher));
    const ticket = await timed("a ticket", () => askForKey(service.url, "voice", dispatcher));
    await timed("SDP to OpenAI, directly", () => connectCall(upstream.url, "ek_1", dispatcher));
    const call = await timed("SDP with a ticket", () => connectCall(service.url, ticket, dispatcher));
    // Not timed: sessions do not pile up, and what is written of their ends disturbs no step.
    const { body } = await request(`${service.url}${call}/hangup`, {
      method: "POST",
      headers: { authorization: `Bearer ${fixedToken}` },
      dispatcher,
    });
    await body.dump();
    await sleep(SETTLE_MS);
  }
  await dispatcher.close();
  await service.stop();
  await upstream.stop();

  print();
  printRow("One page at a time", "p50 ms", "p99 ms");
  for (const step of steps) {
    printRow(step, quantile(times[step], 0.5).toFixed(3), quantile(times[step], 0.99).toFixed(3));
  }
  print();
  const p50 = (step: Step) => quantile(times[step], 0.5);
  const added = p50("SDP with a ticket") - p50("SDP to OpenAI, directly");
  printBelow("What a ticket adds to connecting, p50", added, "ms", 3, { digits: 2 });
  print(
    `A ticket itself takes ${(p50("a ticket") - p50("a minted key")).toFixed(2)} ms more than a minted key.`,
  );
};
