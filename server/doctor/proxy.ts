// Whether the configured proxy opens a tunnel to an upstream server.
import type { Check, Finding } from "./finding.ts";
import { codeOf, type Network, nameOfPlace, type Place } from "./network.ts";

/** `proxy` is its host and port, without user and password. */
export const proxyCheck = (place: Place, proxy: string, network: Pick<Network, "tunnel">): Check => {
  const subject = nameOfPlace(place);
  const setting = place.isTls ? "HTTPS_PROXY" : "HTTP_PROXY";
  return {
    ...{ id: "proxy", subject, title: "Proxy", group: "OpenAI" },
    run: async (signal) => {
      try {
        const ms = Math.round(await network.tunnel(place));
        const title = `${proxy} opens a tunnel to it, in ${ms} ms`;
        return [{ check: "proxy", level: "ok", subject, title, figures: { connectMs: ms } }];
      } catch (error) {
        signal.throwIfAborted();
        return [faultOf(error, proxy, subject, setting)];
      }
    },
  };
};

const faultOf = (error: unknown, proxy: string, subject: string, setting: string): Finding => {
  const common = { level: "fault", subject } as const;
  const code = codeOf(error);
  if (code !== "") {
    return {
      ...{ ...common, check: "proxy.unreachable", title: `the proxy ${proxy} cannot be reached` },
      cause: `The connection to it failed with ${code}.`,
      fix: `Correct ${setting}; or name ${subject} in NO_PROXY, where it can be reached directly.`,
    };
  }
  const status = /answered (\d{3})/.exec(error instanceof Error ? error.message : "")?.[1];
  return {
    ...{ ...common, check: "proxy.refused", title: `the proxy ${proxy} opens no tunnel to ${subject}` },
    cause: status === undefined ? "It gave no answer in time." : `It answered ${status}.`,
    fix:
      status === "407"
        ? `Write user and password into ${setting}, such as http://USER:PASSWORD@${proxy}.`
        : `Have the proxy allow CONNECT to ${subject}, or name it in NO_PROXY.`,
  };
};
