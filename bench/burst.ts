// What a burst of connections leaves behind: two fresh starts of this service, one of which is met by a burst at once.
import { plainRequest } from "./chat.ts";
import type { Lengths } from "./lengths.ts";
import { measureRounds, sendBurst, timedRounds } from "./measure.ts";
import { perSecond, print, printRows } from "./print.ts";
import { start } from "./program.ts";
import { chatTargets } from "./relay.ts";
import { callerTokens, jwks, startService } from "./service.ts";
import { printRatio } from "./targets.ts";

/** Measures and prints this section. */
export const measureBurst = async (lengths: Lengths): Promise<void> => {
  const upstream = await start("upstream.ts", [jwks]);
  const tokens = callerTokens();
  const calm = { name: "this service, no burst", program: await startService(upstream.url), tokens };
  const burst = { name: "this service, after a burst", program: await startService(upstream.url), tokens };
  for (const target of chatTargets([burst], plainRequest)) await sendBurst(target, lengths);
  const results = await measureRounds(chatTargets([calm, burst], plainRequest), timedRounds(lengths));
  for (const program of [calm.program, burst.program, upstream]) await program.stop();

  printRows("Relayed chat completions, plain", results);
  print();
  printRatio("After a burst, against none", perSecond(results[1]) / perSecond(results[0]), 0.9);
};
