// Warnings of a setting that seems to be missing. Requests cause them, so each has one log line a minute at most.
import type { Clock } from "../clock.ts";
import type { Subscriber } from "./event.ts";
import type { Log } from "./log.ts";
import { onceAMinute } from "./once-a-minute.ts";
import { redactInput } from "./redact.ts";

interface Ports {
  log: Log;
  clock: Pick<Clock, "monotonic">;
  /** Makes an address fit for a log line; undefined where none is wanted. */
  hashAddress(address: string): string | undefined;
}

/** Nothing is kept of the requests but their number. */
export const settingWarnings = ({ log, clock, hashAddress }: Ports): Subscriber => {
  const originRefused = onceAMinute(log, clock, "warn", "origin-refused");
  const proxyUnknown = onceAMinute(log, clock, "warn", "proxy-unknown");
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
