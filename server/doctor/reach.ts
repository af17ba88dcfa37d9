// Whether connections to an upstream server's addresses are taken.
import { isIPv6 } from "node:net";
import type { Check, Finding } from "./finding.ts";
import type { StartLimit } from "./limit.ts";
import { codeOf, type Network, nameOfPlace, type Place } from "./network.ts";

/** A name may have many addresses, and clients try few. */
const MAX_ADDRESSES = 6;
const CONNECT_MS = 5000;

interface Tried {
  address: string;
  ms?: number;
  code?: string;
}

interface Ports {
  network: Pick<Network, "connect" | "lookUp">;
  startLimit: StartLimit;
}

export const reachCheck = (place: Place, { network, startLimit }: Ports): Check => {
  const subject = nameOfPlace(place);
  const attempt = async (address: string, signal: AbortSignal): Promise<Tried> => {
    try {
      const ms = await network.connect(address, place.port, signal);
      return { address, ms };
    } catch (error) {
      return { address, code: codeOf(error) || "ETIMEDOUT" };
    }
  };
  return {
    ...{ id: "network", subject, title: "Connection", group: "OpenAI", needs: [`dns ${subject}`] },
    run: async (signal) => {
      const addresses = (await network.lookUp(place.host)).slice(0, MAX_ADDRESSES);
      using limit = startLimit(signal, CONNECT_MS);
      const tried = await Promise.all(addresses.map((address) => attempt(address, limit.signal)));
      const open = tried.filter(({ ms }) => ms !== undefined);
      return open.length === 0 ? [faultOf(tried, place, subject)] : openFindings(tried, open, subject);
    },
  };
};

const openFindings = (tried: readonly Tried[], open: readonly Tried[], subject: string): Finding[] => {
  const connectMs = Math.round(Math.min(...open.map(({ ms = 0 }) => ms)));
  const found: Finding = {
    ...{ check: "network", level: "ok", subject, title: `takes connections, in ${connectMs} ms` },
    figures: { connectMs },
  };
  const silent = tried.filter(({ ms }) => ms === undefined);
  if (silent.length === 0) return [found];
  const onlySixth = silent.every(({ address }) => isIPv6(address));
  const partly: Finding = {
    ...{ check: "network.partly", level: onlySixth ? "note" : "warning", subject },
    title: `${silent.length} of its ${tried.length} addresses cannot be reached`,
    cause:
      `${silent[0]?.address} fails with ${silent[0]?.code}. ${onlySixth ? "This machine seems to have no IPv6." : ""}`.trim(),
    fix: onlySixth
      ? "Nothing needs to be done: IPv4 is used."
      : "Have the firewall let all of them through, or some requests wait before they go to another.",
  };
  return [found, partly];
};

const faultOf = (tried: readonly Tried[], { port }: Place, subject: string): Finding => {
  const code = tried[0]?.code ?? "no address";
  if (code === "ECONNREFUSED") {
    return {
      ...{ check: "network.refused", level: "fault", subject },
      title: `nothing listens there on port ${port}`,
      cause: `The connection to ${tried[0]?.address} was refused (${code}).`,
      fix: "Look for a slip in the address and its port, and whether that server runs.",
    };
  }
  return {
    ...{ check: "network.unreachable", level: "fault", subject },
    title: `no connection to port ${port}`,
    cause: `${tried.length} addresses were tried, the first failed with ${code}: a firewall or a route is in the way.`,
    fix: `Let this machine connect to ${subject}; where only a proxy may, set HTTPS_PROXY.`,
  };
};
