// Warnings of a setting that seems to be missing. Requests cause them, so each has one log line a minute at most.
import type { Clock } from "../clock.ts";
import type { Subscriber } from "./event.ts";
import type { Log } from "./log.ts";
import { redactInput } from "./redact.ts";

interface Ports {
  log: Log;
  clock: Pick<Clock, "monotonic">;
  /** Makes an address fit for a log line; undefined where none is wanted. */
  hashAddress(address: string): string | undefined;
}

const PERIOD_MS = 60_000;

/** Nothing is kept of the requests but their number. */
export const settingWarnings = ({ log, clock, hashAddress }: Ports): Subscriber => {
  const originRefused = oncePerPeriod(log, clock, "origin-refused");
  const proxyUnknown = oncePerPeriod(log, clock, "proxy-unknown");
  return (event) => {
    if (event.kind === "origin-refused") {
      originRefused({
        origin: redactInput(event.origin),
        setting: "cors.origins",
        advice: "if the page is yours, list its origin there in broker.yaml",
      });
    } else if (event.kind === "proxy-unknown") {
      proxyUnknown({
        header: event.header,
        peer: hashAddress(event.peer),
        setting: "TRUSTED_PROXIES",
        advice: PROXY_ADVICE,
      });
    }
  };
};

const PROXY_ADVICE =
  "if the peer is your proxy, give its address there (LOG_ADDRESSES=plain shows it): until then all clients behind it share its address and its limits";

/** `times`: how often it happened since the line before. */
const oncePerPeriod = (log: Log, clock: Ports["clock"], message: string) => {
  let times = 0;
  let quietUntil = Number.NEGATIVE_INFINITY;
  return (fields: Record<string, unknown>): void => {
    times += 1;
    const now = clock.monotonic();
    if (now < quietUntil) return;
    log.write("warn", message, { ...fields, times });
    times = 0;
    quietUntil = now + PERIOD_MS;
  };
};
