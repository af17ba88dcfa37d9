// The public address: whether callers reach this service there, by TLS that lasts, and below the right path.
import type { Clock } from "../clock.ts";
import { type About, about } from "./about.ts";
import { explainConnectionError } from "./connection-error.ts";
import type { Check, Finding } from "./finding.ts";
import { type HttpAnswer, type HttpProbe, isHealth, jsonOf } from "./http-probe.ts";

export interface PublicAddressPorts {
  /** As callers reach the service, without a slash at its end. */
  url: string;
  probe: HttpProbe;
  clock: Pick<Clock, "now">;
  /** `BASE_PATH`; empty where there is none. */
  basePath: string;
  /** Whether a host is this machine itself, where http is safe. */
  isLoopback(host: string): boolean;
}

const DAY_MS = 86_400_000;
/** What renews certificates does so thirty days before, and then tries again each day. */
const FEW_DAYS = 14;

export const publicAddressCheck = (ports: PublicAddressPorts): Check => ({
  ...{ id: "public", title: "Address", group: "In front" },
  // That one listens at the port for a moment, where this one would take it for the service.
  needs: ["port"],
  run: async (signal) => {
    const { url, probe, clock } = ports;
    const on = about(url);
    let answer: HttpAnswer;
    try {
      answer = await probe({ url: `${url}/healthz`, signal });
    } catch (error) {
      return [unreached(on, error)];
    }
    if (!isHealth(answer)) return [await otherAnswer(on, answer, ports, signal)];
    const days =
      answer.certificateEndsAt === undefined
        ? undefined
        : Math.floor((answer.certificateEndsAt - clock.now()) / DAY_MS);
    const found = [...pathFaults(on, ports), ...schemeFaults(on, ports), ...certificateFaults(on, days)];
    if (found.length > 0) return found;
    if (days === undefined) return [on.ok("public", "leads to the service")];
    return [
      on.ok("public", `leads to the service; its certificate has ${days} days left`, {
        certificateDays: days,
      }),
    ];
  },
});

const TRUSTED_BY_CALLERS =
  "Give what stands in front the whole chain (fullchain.pem) of an authority that browsers know; of a company's own, all callers must know it, and TLS_CA_FILE here.";

const unreached = (on: About, error: unknown): Finding => {
  const { kind, cause, fix } = explainConnectionError(error);
  if (kind.startsWith("tls")) {
    // Callers do not read this machine's TLS_CA_FILE.
    const forCallers = kind === "tls-authority" ? TRUSTED_BY_CALLERS : fix;
    return on.fault(
      "public.certificate",
      "has a certificate or TLS that clients do not take",
      cause,
      forCallers,
    );
  }
  return on.fault("public.unreachable", "cannot be reached from here", cause, fix);
};

const otherAnswer = async (
  on: About,
  answer: HttpAnswer,
  { url, probe, basePath }: PublicAddressPorts,
  signal: AbortSignal,
): Promise<Finding> => {
  const { status, headers } = answer;
  if (status >= 300 && status < 400) {
    return on.fault(
      "public.redirect",
      "leads to another address",
      `It answers ${status} to ${String(headers.location ?? "no address").slice(0, 200)}; clients do not take tokens there.`,
      "Use the address that it leads to, for callers and for --url.",
    );
  }
  const right = new URL(url).origin + basePath;
  const isElsewhere =
    right !== url && (await probe({ url: `${right}/healthz`, signal }).then(isHealth, () => false));
  if (isElsewhere || String(jsonOf(answer)?.type).includes("/problems/")) {
    return on.fault(
      "public.base-path",
      "does not lead to the service's own path",
      isElsewhere
        ? `The service is at ${right}, as BASE_PATH says.`
        : "The service answers there, but it expects another path.",
      "Set BASE_PATH to the path at which callers find the service, and have the proxy keep it or take it off.",
    );
  }
  if (status >= 502 && status <= 504) {
    return on.fault(
      "public.gateway",
      "leads to a proxy that does not reach the service",
      `It answers ${status}. The service is not running, or listens at another address than the proxy calls.`,
      "Look at the proxy's log and upstream, and at HOST and PORT: in a container HOST must be 0.0.0.0.",
    );
  }
  return on.fault(
    "public.other",
    "leads to something else",
    `It answers ${status} at /healthz, which is not this service's answer.`,
    "Correct --url, or the proxy's routes for this name and path.",
  );
};

const pathFaults = (on: About, { url, basePath }: PublicAddressPorts): Finding[] => {
  const path = new URL(url).pathname.replace(/\/$/, "");
  if (path === basePath) return [];
  return [
    on.fault(
      "public.base-path",
      `is below ${path || "/"}, and BASE_PATH is ${basePath || "/"}`,
      "What the service says of its own addresses (its page, problems, sign-in) leads beside it.",
      `Set BASE_PATH to ${path || "/"}.`,
    ),
  ];
};

const schemeFaults = (on: About, { url, isLoopback }: PublicAddressPorts): Finding[] => {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || hostname === "localhost" || isLoopback(hostname)) return [];
  return [
    on.warning(
      "public.plain",
      "travels without encryption",
      "Tokens and keys can be read on the way, and browsers give a page no microphone.",
      "Put TLS in front, or set TLS_CERTIFICATE_FILE and TLS_KEY_FILE.",
    ),
  ];
};

const certificateFaults = (on: About, days: number | undefined): Finding[] => {
  if (days === undefined || days >= FEW_DAYS) return [];
  return [
    on.warning(
      "public.certificate-ends",
      `has a certificate that ends in ${days} days`,
      "What should have renewed it has not.",
      "Look at what renews it (certbot, cert-manager, Caddy) and at its log.",
      { certificateDays: days },
    ),
  ];
};
