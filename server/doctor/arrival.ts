// What a proxy in front makes of a request: whose address arrives, whether WebSockets pass, and whether streams are held back.
import { parseInput } from "../json/parse-input.ts";
import { type SeenRequest, seenRequestSchema } from "../net/seen-request.ts";
import { type About, about } from "./about.ts";
import type { Check, Finding } from "./finding.ts";
import { type ForwardingRules, forwardingFaults, INVENTED_ADDRESS } from "./forwarding.ts";
import { type HttpAnswer, type HttpProbe, textOf } from "./http-probe.ts";

export interface ArrivalPorts extends ForwardingRules {
  probe: HttpProbe;
  /** With the service's own key; undefined where that cannot be read here. */
  proof(): Promise<string | undefined>;
}

/** The service sends the second event a second after the first. */
const MIN_PAUSE_MS = 300;

export const arrivalCheck = (ports: ArrivalPorts): Check => ({
  ...{ id: "arrival", title: "Proxy", group: "In front", needs: ["public"], timeoutMs: 15_000 },
  run: async (signal) => {
    const on = about(ports.url);
    const proof = await ports.proof();
    if (proof === undefined) return [unproven(on, "This command cannot read the service's key.")];
    const ask = (headers: Record<string, string>) =>
      ports.probe({
        url: `${ports.url}/doctor/arrival`,
        // As browsers do: compression is what most often holds a stream back.
        headers: { authorization: `Bearer ${proof}`, "accept-encoding": "gzip", ...headers },
        signal,
      });
    const invented = ports.forwardedHeader === "forwarded" ? `for=${INVENTED_ADDRESS}` : INVENTED_ADDRESS;
    const [plain, upgraded] = await Promise.all([
      ask({}),
      ask({ connection: "Upgrade", upgrade: "websocket" }).catch(() => undefined),
    ]);
    const seen = seenIn(plain);
    if (!seen) {
      return [unproven(on, plain.status === 401 ? UNKNOWN_KEY : `It answers ${plain.status}.`)];
    }
    // Of others it is not believed, and the service would warn of it in its log.
    const forged = seen.is_trusted ? seenIn(await ask({ [ports.forwardedHeader]: invented })) : undefined;
    const found = [
      ...forwardingFaults(on, seen, forged, ports),
      ...upgradeFaults(on, upgraded && seenIn(upgraded)),
      ...bufferFaults(on, plain),
    ];
    if (found.some(({ level }) => level !== "note")) return found;
    return [on.ok("arrival", "passes on addresses, streams and WebSockets"), ...found];
  },
});

const UNKNOWN_KEY = "The service there does not know this command's key.";

const unproven = (on: About, cause: string): Finding =>
  on.warning(
    "arrival.unknown",
    "could not be asked how requests arrive",
    cause,
    "Run the command where the service runs, with its configuration and TOKEN_HASH_KEY; or see that --url leads to this service.",
  );

const upgradeFaults = (on: About, seen: SeenRequest | undefined): Finding[] => {
  if (seen?.upgrade?.toLowerCase() === "websocket") return [];
  return [
    on.fault(
      "arrival.upgrade",
      "lets no WebSocket through",
      "A proxy takes the headers Upgrade and Connection off: /v1/realtime answers 426.",
      "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection.",
    ),
  ];
};

const bufferFaults = (on: About, { chunks }: HttpAnswer): Finding[] => {
  const timeOf = (event: string) => chunks.find(({ text }) => text.includes(`event: ${event}\n`))?.atMs ?? 0;
  const pauseMs = timeOf("end") - timeOf("arrival");
  if (pauseMs >= MIN_PAUSE_MS) return [];
  return [
    on.fault(
      "arrival.buffered",
      "holds streams back until they end",
      "A proxy buffers or compresses them: streamed text comes all at once.",
      "Turn compression and buffering of text/event-stream off there; nginx: take it out of gzip_types, and proxy_buffering off.",
      { pauseMs: Math.round(pauseMs) },
    ),
  ];
};

const seenIn = (answer: HttpAnswer): SeenRequest | undefined => {
  if (answer.status !== 200) return undefined;
  const [, json = ""] = /^event: arrival\ndata: (\{.*\})$/m.exec(textOf(answer)) ?? [];
  try {
    return parseInput(seenRequestSchema, JSON.parse(json)).data;
  } catch {
    return undefined;
  }
};
