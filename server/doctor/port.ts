// The port of the service: free, or taken by the service itself. Pure.
import { about } from "./about.ts";
import type { Check, Finding } from "./finding.ts";

export interface PortPorts {
  host: string;
  port: number;
  /** The settings that name it, such as `PORT`. */
  setting: { host: string; port: string };
  /** The code of the system's error when listening there, such as EADDRINUSE; undefined where it can be had. */
  tryToListen(): Promise<string | undefined>;
  /** Whether what listens there answers as the service does. */
  isService(signal: AbortSignal): Promise<boolean>;
}

/** Several: the service's own, and that of the metrics. */
export const portCheck = (ports: readonly PortPorts[]): Check => ({
  ...{ id: "port", title: "Ports" },
  run: async (signal) => Promise.all(ports.map((each) => examine(each, signal))),
});

const examine = async (
  { host, port, setting, tryToListen, isService }: PortPorts,
  signal: AbortSignal,
): Promise<Finding> => {
  const on = about(`${host}:${port}`);
  const code = await tryToListen();
  switch (code) {
    case undefined:
      return on.ok("port", "is free; the service is not running there");
    case "EADDRINUSE":
      if (await isService(signal)) return on.ok("port", "the service is running there");
      return on.fault(
        "port.taken",
        "is taken by another program",
        "What listens there does not answer as this service does.",
        `Stop it (\`ss -ltnp\` names it), or set ${setting.port} to another port.`,
      );
    case "EACCES":
      return on.fault(
        "port.forbidden",
        "is not for this user",
        "Ports below 1024 are root's by default.",
        `Set ${setting.port} to one above, such as 8787, and let the proxy in front have the low one.`,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return on.fault(
        "port.address",
        "is no address of this machine",
        `${setting.host} says where to listen, not under which name the service is found.`,
        `Set ${setting.host} to 127.0.0.1, or to 0.0.0.0 for all addresses of this machine.`,
      );
    default:
      return on.fault(
        "port.refused",
        "cannot be listened at",
        `The system says ${code}.`,
        `Set ${setting.host} and ${setting.port} to others.`,
      );
  }
};
