// The network below HTTP, by Node.
import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "../clock.ts";
import type { Handshake, Network } from "./network.ts";

export const nodeNetwork = (clock: Pick<Clock, "monotonic">): Network => ({
  lookUp: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  connect: async (address, port, signal) => {
    const begun = clock.monotonic();
    const socket = connectTcp({ host: address, port });
    await ended(socket, "connect", signal);
    return clock.monotonic() - begun;
  },
  handshake: async ({ host, port }, signal) => {
    const servername = isIP(host) === 0 ? host : "";
    // What is wrong with the certificate is found below: it is to be told, and the connection carries nothing.
    const socket = connectTls({ host, port, servername, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
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
