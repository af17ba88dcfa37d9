// Composes doctor's checks of what lies between callers and the service: identity providers, pages, and what stands in front.
import { DOCTOR_PURPOSE, doctorProof } from "../auth/doctor-proof.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { arrivalCheck } from "../doctor/arrival.ts";
import type { Check } from "../doctor/finding.ts";
import { httpProbe } from "../doctor/http-probe.node.ts";
import { issuerCheck } from "../doctor/issuer.ts";
import { pageCheck } from "../doctor/page.ts";
import { publicAddressCheck } from "../doctor/public-address.ts";
import { redirectCheck } from "../doctor/redirect.ts";
import { uploadCheck } from "../doctor/upload.ts";
import { isLoopback } from "../net/address.ts";
import { trustedProxies } from "../net/client-address.ts";
import { Secret } from "../secret.ts";
import { readPostgres } from "../store/database.postgres.ts";
import { derivedSecret } from "../store/kept-secret.ts";
import { readSqlite } from "../store/reader.sqlite.ts";
import type { Reader } from "../store/reader.ts";

export interface CallerDoctorOptions {
  /** The address of a page. */
  page?: string | undefined;
  /** The service's public address. */
  url?: string | undefined;
}

export interface CallerDoctorPorts {
  clock: Clock;
  fetch: typeof globalThis.fetch;
}

export const callerChecks = (
  config: Config,
  { page, url: given }: CallerDoctorOptions,
  { clock, fetch }: CallerDoctorPorts,
): readonly Check[] => {
  const url = given?.replace(/\/+$/, "");
  const probe = httpProbe(clock);
  const common = { probe, isLoopback };
  const pages = page === undefined ? [] : [new URL(page).origin];
  return [
    ...config.callers.issuers.map((issuer) => issuerCheck({ issuer, fetch, clock })),
    ...pages.map((origin) => pageCheck({ ...common, origin, url, allowed: config.cors.origins })),
    ...(url === undefined ? [] : frontChecks(config, url, { ...common, clock })),
  ];
};

const frontChecks = (
  { settings }: Config,
  url: string,
  ports: { clock: Clock; probe: ReturnType<typeof httpProbe>; isLoopback(host: string): boolean },
): readonly Check[] => {
  const { clock, probe } = ports;
  const proxies = trustedProxies(settings.trusted_proxies ?? []);
  const { protocol, port, host, pathname } = new URL(url);
  // Where the port is named, plain http has none that is known.
  const hasPlain = protocol === "https:" && port === "";
  return [
    publicAddressCheck({ ...ports, url, basePath: settings.base_path }),
    ...(hasPlain ? [redirectCheck({ url: `http://${host}${pathname.replace(/\/$/, "")}`, probe })] : []),
    arrivalCheck({
      ...{ url, probe },
      proof: async () => {
        const key = await doctorKey(settings);
        return key && doctorProof(key, clock.now());
      },
      forwardedHeader: settings.forwarded_header,
      isTrusted: (address) => proxies.contains(address),
      own: { isTls: settings.tls_certificate_file !== undefined, port: settings.port },
    }),
    uploadCheck({ url, probe }),
  ];
};

/** The running service's; undefined where its database cannot be read here. */
const doctorKey = async ({
  token_hash_key,
  database_url,
}: Config["settings"]): Promise<Secret | undefined> => {
  const key = token_hash_key ?? (await keptKey(database_url).catch(() => undefined));
  return key && derivedSecret(key, DOCTOR_PURPOSE);
};

const keptKey = async (address: Config["settings"]["database_url"]): Promise<Secret | undefined> => {
  const reader: Reader =
    address.kind === "sqlite" ? readSqlite(address.path) : readPostgres(address.url, () => {});
  try {
    const [row] = await reader.all("select value from meta where name = 'token_hash_key'");
    return row && new Secret(String(row.value));
  } finally {
    await reader.close();
  }
};
