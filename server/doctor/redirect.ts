// Plain http beside the public address: it should lead to https, or nowhere.
import { about } from "./about.ts";
import type { Check } from "./finding.ts";
import type { HttpProbe } from "./http-probe.ts";

export interface RedirectPorts {
  /** The public address with http in place of https. */
  url: string;
  probe: HttpProbe;
}

export const redirectCheck = ({ url, probe }: RedirectPorts): Check => ({
  ...{ id: "redirect", title: "Plain http", group: "In front", needs: ["public"] },
  run: async (signal) => {
    const on = about(url);
    const answer = await probe({ url: `${url}/healthz`, signal }).catch(() => undefined);
    signal.throwIfAborted();
    if (!answer) return [on.ok("redirect", "is closed")];
    const { status, headers } = answer;
    if (status >= 300 && status < 400 && /^https:/.test(headers.location ?? ""))
      return [on.ok("redirect", "leads to https")];
    return [
      on.warning(
        "redirect.missing",
        `answers ${status}, and does not lead to https`,
        "A caller with http in its address sends its token readable to everyone on the way.",
        "Have the proxy answer 308 with the same address by https.",
      ),
    ];
  },
});
