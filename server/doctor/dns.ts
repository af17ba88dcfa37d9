// Whether the name of an upstream server has addresses.
import type { Check, Finding } from "./finding.ts";
import { codeOf, type Network, nameOfPlace, type Place } from "./network.ts";

export const dnsCheck = (place: Place, setting: string, network: Pick<Network, "lookUp">): Check => {
  const subject = nameOfPlace(place);
  return {
    ...{ id: "dns", subject, title: "Name", group: "OpenAI" },
    run: async () => {
      try {
        const addresses = await network.lookUp(place.host);
        const count = addresses.length === 1 ? "an address" : `${addresses.length} addresses`;
        return [{ check: "dns", level: "ok", subject, title: `has ${count}` }];
      } catch (error) {
        return [faultOf(codeOf(error), place, subject, setting)];
      }
    },
  };
};

const faultOf = (code: string, { host }: Place, subject: string, setting: string): Finding => {
  if (code === "ENOTFOUND" || code === "ENODATA") {
    return {
      ...{ check: "dns.unknown", level: "fault", subject },
      title: "there is no server of this name",
      cause: `The name server answered that it does not know ${host} (${code}).`,
      fix: `Look for a slip in ${setting}; inside a private network, whether its name server knows the name.`,
    };
  }
  return {
    ...{ check: "dns.failed", level: "fault", subject },
    title: "its name cannot be looked up",
    cause: `The name server gave no answer (${code || "without a reason"}).`,
    fix: "Look at /etc/resolv.conf, and whether a network policy or firewall lets port 53 through.",
  };
};
