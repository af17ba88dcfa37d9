// Tool calls, side by side with the same features from off-the-shelf parts, and with a bare route.
import type { Lengths } from "./lengths.ts";
import { measure } from "./measure.ts";
import { startOffTheShelf } from "./peers.ts";
import { perSecond, print, printRows } from "./print.ts";
import { start } from "./program.ts";
import { callerTokens, jwks, SERVICE, startService } from "./service.ts";
import { printPlainRatio, printRatio } from "./targets.ts";

/** A call of the unit converter. */
export const TOOL_PATH = "/convert_units?value=26.2&from=mile&to=kilometre";

/** Measures and prints this section. */
export const measureTools = async (lengths: Lengths): Promise<void> => {
  const upstream = await start("upstream.ts", [jwks]);
  const service = await startService(upstream.url);
  const offTheShelf = await startOffTheShelf(upstream.url);
  const remembering = await startOffTheShelf(upstream.url, "remember");
  const bare = await start("peers/bare-hono-route.ts");
  const sent = { path: TOOL_PATH, tokens: callerTokens() };
  const calls = await measure(
    [
      { ...sent, name: SERVICE, program: service },
      { ...sent, name: "off-the-shelf parts", program: offTheShelf },
      { ...sent, name: "the same, tokens verified once", program: remembering },
      { ...sent, name: "bare Hono route", program: bare },
    ],
    lengths,
  );
  for (const program of [service, offTheShelf, remembering, bare, upstream]) await program.stop();

  printRows("Tool calls", calls);
  print();
  const ratios = calls.slice(1).map((peer) => perSecond(calls[0]) / perSecond(peer));
  const [overOffTheShelf = Number.NaN, overRemembering = Number.NaN, overBare = Number.NaN] = ratios;
  printRatio("Tool calls, against off-the-shelf parts", overOffTheShelf, 1.5);
  printPlainRatio("Tool calls, against those with tokens verified once", overRemembering);
  printPlainRatio("Tool calls, against the bare Hono route", overBare);
};
