// Whether an upstream server's certificate is trusted, for the right name, and for how long.
import type { Clock } from "../clock.ts";
import type { Check, Finding } from "./finding.ts";
import { codeOf, type Handshake, type Network, nameOfPlace, type Place } from "./network.ts";

const DAY_MS = 86_400_000;
/** Certificates of 90 days are renewed a month ahead; those of a week at half time. */
const SOON_DAYS = 3;

interface Ports {
  network: Pick<Network, "handshake">;
  clock: Pick<Clock, "now">;
}

export const tlsCheck = (place: Place, { network, clock }: Ports): Check => {
  const subject = nameOfPlace(place);
  return {
    ...{
      id: "tls",
      subject,
      title: "TLS",
      group: "OpenAI",
      needs: [`network ${subject}`, `proxy ${subject}`],
    },
    run: async (signal) => {
      let handshake: Handshake;
      try {
        handshake = await network.handshake(place, signal);
      } catch (error) {
        signal.throwIfAborted();
        return [noTls(codeOf(error), subject, place)];
      }
      if (handshake.distrust !== undefined) return [distrusted(handshake, subject, place)];
      return [trusted(handshake, subject, clock.now())];
    },
  };
};

const trusted = ({ certificate }: Handshake, subject: string, now: number): Finding => {
  const daysLeft = Math.floor((certificate.validTo - now) / DAY_MS);
  const figures = { daysLeft, issuer: certificate.issuer };
  if (daysLeft >= SOON_DAYS) {
    const title = `trusted, by ${certificate.issuer}, for ${daysLeft} more days`;
    return { check: "tls", level: "ok", subject, title, figures };
  }
  return {
    ...{ check: "tls.ends-soon", level: "warning", subject, figures },
    title: `its certificate ends in ${daysLeft} days`,
    cause: `It is valid until ${dateOf(certificate.validTo)}, and was not renewed yet.`,
    fix: "Tell those who run that server; at OpenAI itself this would be a proxy's certificate.",
  };
};

const distrusted = ({ certificate, distrust = "" }: Handshake, subject: string, { host }: Place): Finding => {
  const { issuer, subject: owner, names, validFrom, validTo } = certificate;
  const fault = { level: "fault", subject } as const;
  switch (distrust) {
    case "CERT_HAS_EXPIRED":
      return {
        ...{ ...fault, check: "tls.expired", title: "its certificate has expired" },
        cause: `It was valid until ${dateOf(validTo)}, or this machine's clock is wrong.`,
        fix: "Have it renewed by those who run that server, and compare this machine's clock.",
      };
    case "CERT_NOT_YET_VALID":
      return {
        ...{ ...fault, check: "tls.not-yet-valid", title: "its certificate is not valid yet" },
        cause: `It is valid from ${dateOf(validFrom)}, so this machine's clock is likely to be late.`,
        fix: "Set this machine's clock (chronyd or systemd-timesyncd keep it right).",
      };
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return {
        ...{ ...fault, check: "tls.name", title: `its certificate is not for ${host}` },
        cause: `It is for ${shortened(names) || owner}, by ${issuer}.`,
        fix: "Use a name of that list in the address, or have the certificate made for this one too.",
      };
    default:
      return {
        ...{ ...fault, check: "tls.untrusted", title: "its certificate is not trusted" },
        cause: `Its issuer is unknown here: ${issuer || owner} (${distrust}). A company's proxy that reads TLS looks like this.`,
        fix: "Name a file with that authority's certificate in TLS_CA_FILE, if you trust it.",
      };
  }
};

const noTls = (code: string, subject: string, { port }: Place): Finding => ({
  ...{ check: "tls.failed", level: "fault", subject },
  title: `speaks no TLS on port ${port}`,
  cause: `The handshake failed (${code || "the connection ended"}): it is a plain HTTP server, or a firewall cuts TLS.`,
  fix: "Write http:// in the address where the server is a plain one; else look at the firewall.",
});

const dateOf = (ms: number): string =>
  Number.isNaN(ms) ? "an unknown day" : new Date(ms).toISOString().slice(0, 10);

const shortened = (names: string): string => names.replaceAll("DNS:", "").split(", ").slice(0, 3).join(", ");
