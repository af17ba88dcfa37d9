// Whether a web page on another origin may call: CORS, by the configuration and through what stands in front.
import { nearestName } from "../names.ts";
import { type About, about } from "./about.ts";
import type { Check, Finding } from "./finding.ts";
import type { HttpAnswer, HttpProbe } from "./http-probe.ts";

export interface PagePorts {
  /** The page's origin. */
  origin: string;
  /** The service's public address; undefined where it was not given. */
  url: string | undefined;
  /** `cors.origins`. */
  allowed: readonly string[];
  probe: HttpProbe;
  isLoopback(host: string): boolean;
}

export const pageCheck = (ports: PagePorts): Check => ({
  ...{ id: "page", title: "Page (CORS)", group: "Callers", ...(ports.url && { needs: ["public"] }) },
  run: async (signal) => {
    const { origin, url, allowed } = ports;
    const on = about(origin);
    if (url !== undefined && new URL(url).origin === origin) {
      return [on.ok("page", "is the service's own origin, and needs no entry")];
    }
    if (!allowed.includes(origin)) return [notAllowed(on, origin, allowed)];
    if (url === undefined) return [on.ok("page", "is in cors.origins; with --url it is tried, too")];
    const mixed = mixedContent(on, url, ports);
    if (mixed) return [mixed];
    const found = await tryThrough(on, url, ports, signal);
    return found ? [found] : [on.ok("page", "may call, with a token in its header")];
  },
});

const notAllowed = (on: About, origin: string, allowed: readonly string[]): Finding => {
  const near = nearestName(origin, allowed);
  return on.fault(
    "page.origin",
    "may not call: browsers refuse its pages the answers",
    `cors.origins in broker.yaml does not have it${near === undefined ? "" : `; it has ${near}`}. Scheme, name and port must be the same.`,
    `Add "${origin}" to cors.origins.`,
  );
};

const mixedContent = (on: About, url: string, { origin, isLoopback }: PagePorts): Finding | undefined => {
  const { protocol, hostname } = new URL(url);
  if (!origin.startsWith("https:") || protocol === "https:") return undefined;
  if (hostname === "localhost" || isLoopback(hostname)) return undefined;
  return on.fault(
    "page.mixed",
    "comes by https, and the service by http",
    "Browsers let no page by https call an address without (mixed content).",
    "Give the service an https address: TLS in front, or TLS_CERTIFICATE_FILE and TLS_KEY_FILE.",
  );
};

const tryThrough = async (
  on: About,
  url: string,
  { origin, probe }: PagePorts,
  signal: AbortSignal,
): Promise<Finding | undefined> => {
  const target = `${url}/ephemeral-key`;
  const asking = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
  };
  const preflight = await probe({ method: "OPTIONS", url: target, headers: asking, signal });
  // It brings no token, so the answer is a refusal, which the page must be able to read.
  const answer = await probe({ url: target, headers: { origin }, signal });
  const wrong = wrongOrigin(on, origin, preflight) ?? wrongOrigin(on, origin, answer);
  if (wrong) return wrong;
  const headers = String(preflight.headers["access-control-allow-headers"])
    .split(",")
    .map((name) => name.trim().toLowerCase());
  if (preflight.status < 300 && headers.includes("authorization")) return undefined;
  return changed(
    on,
    `The browser's question before the request (OPTIONS) is answered with ${preflight.status}.`,
  );
};

// Browsers take one value, which is the page's own origin or a star.
const wrongOrigin = (on: About, origin: string, { headers }: HttpAnswer): Finding | undefined => {
  const value = headers["access-control-allow-origin"];
  if (value === origin) return undefined;
  if (value === undefined) return changed(on, "The header Access-Control-Allow-Origin does not arrive.");
  return changed(on, `Access-Control-Allow-Origin arrives as ${value.slice(0, 200)}.`);
};

const changed = (on: About, cause: string): Finding =>
  on.fault(
    "page.changed",
    "may call, but what stands in front changes the answer",
    `${cause} The service itself answers rightly by cors.origins.`,
    "Take everything about CORS out of the proxy (add_header Access-Control-…, answers to OPTIONS).",
  );
