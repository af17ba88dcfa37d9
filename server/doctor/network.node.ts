// The network below HTTP, by Node.
import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "../clock.ts";
import type { openTunnel } from "../net/tunnel.node.ts";
import type { Secret } from "../secret.ts";
import type { Handshake, Network, Place } from "./network.ts";

interface Ports {
  clock: Pick<Clock, "monotonic">;
  proxyOf(place: Place): Secret | undefined;
  openTunnel: typeof openTunnel;
}

const TUNNEL_MS = 8000;

export const nodeNetwork = ({ clock, proxyOf, openTunnel: open }: Ports): Network => ({
  lookUp: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  connect: async (address, port, signal) => {
    const begun = clock.monotonic();
    const socket = connectTcp({ host: address, port });
    await ended(socket, "connect", signal);
    return clock.monotonic() - begun;
  },
  tunnel: async (place) => {
    const begun = clock.monotonic();
    const proxy = proxyOf(place);
    if (proxy) (await open(proxy, authorityOf(place), TUNNEL_MS)).destroy();
    return clock.monotonic() - begun;
  },
  handshake: async (place, signal) => {
    const { host, port } = place;
    const proxy = proxyOf(place);
    const way = proxy ? { socket: await open(proxy, authorityOf(place), TUNNEL_MS) } : { host, port };
    const servername = isIP(host) === 0 ? host : "";
    // What is wrong with the certificate is found below: it is to be told, and the connection carries nothing.
    const socket = connectTls({
      ...{ ...way, servername, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] },
    });
    let handshake: Handshake | undefined;
    socket.once("secureConnect", () => {
      const { subject, issuer, subjectaltname, valid_from, valid_to } = socket.getPeerCertificate();
      const distrust = socket.authorized ? undefined : String(socket.authorizationError);
      handshake = {
        certificate: {
          subject: text(subject?.CN),
          issuer: [issuer?.O, issuer?.CN].map(text).filter(Boolean).join(", "),
          names: subjectaltname ?? "",
          validFrom: Date.parse(valid_from),
          validTo: Date.parse(valid_to),
        },
        distrust,
      };
    });
    await ended(socket, "secureConnect", signal);
    if (!handshake) throw new Error("the connection ended before the handshake");
    return handshake;
  },
});

const authorityOf = ({ host, port }: Place): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

// A field of a certificate may be there several times.
const text = (field: string | string[] | undefined): string =>
  (Array.isArray(field) ? field.join(" ") : (field ?? "")).replace(/[^\x20-\x7e]/g, "?").slice(0, 100);

const ended = (socket: Socket, event: "connect" | "secureConnect", signal: AbortSignal): Promise<void> =>
  new Promise<void>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    socket.once(event, resolve).once("error", reject);
    if (signal.aborted) abort();
  }).finally(() => socket.destroy());
