// Composes TLS and connections to other servers, and tells what is wrong with the files that they need.
import { type Clock, systemClock, systemTimers, type Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import type { Disposal } from "../disposal.ts";
import { readPem } from "../net/read-pem.fs.ts";
import { type CertificateState, type WatchedKeyPair, watchKeyPair } from "../net/watched-key-pair.ts";
import type { Log } from "../observe/log.ts";
import { type Outgoing, openOutgoing } from "./outgoing.ts";
import { findTrustProblems } from "./trust.ts";

interface Ports {
  clock?: Clock;
  timers?: Timers;
  log: Log;
}

export interface Network {
  outgoing: Outgoing;
  /** The certificate with which the service listens; undefined for plain HTTP. */
  listener: WatchedKeyPair | undefined;
  certificates(): readonly CertificateState[];
}

/** What it opens is closed by `stack`. Throws `ConfigError` with all that is wrong with the files. */
export const openNetwork = async (
  config: Config,
  { clock = systemClock, timers = systemTimers, log }: Ports,
  stack: Disposal,
): Promise<Network> => {
  const ports = { clock, timers, log };
  const { outgoing, problems } = await openOutgoing(config, ports);
  stack.use(outgoing);
  const { listener, problems: listenerProblems } = await openListener(config, ports);
  if (listener) stack.use(listener);
  const all = [...findTrustProblems(config.settings), ...problems, ...listenerProblems];
  if (all.length > 0) throw new ConfigError(all);
  return {
    ...{ outgoing, listener },
    certificates: () => [...(listener ? [listener.state()] : []), ...outgoing.certificates()],
  };
};

const openListener = async (
  { settings }: Config,
  ports: Required<Ports>,
): Promise<{ listener?: WatchedKeyPair; problems: string[] }> => {
  const { tls_certificate_file: certificateFile, tls_key_file: keyFile } = settings;
  if (certificateFile === undefined && keyFile === undefined) return { problems: [] };
  if (certificateFile === undefined)
    return { problems: ["TLS_CERTIFICATE_FILE: is not set, and TLS_KEY_FILE is; https takes both"] };
  if (keyFile === undefined)
    return { problems: ["TLS_KEY_FILE: is not set, and TLS_CERTIFICATE_FILE is; https takes both"] };
  try {
    const files = { use: "listener", certificateFile, keyFile };
    return { listener: await watchKeyPair(files, { ...ports, read: readPem }), problems: [] };
  } catch (error) {
    return { problems: [`TLS_CERTIFICATE_FILE, TLS_KEY_FILE: ${(error as Error).message}`] };
  }
};
