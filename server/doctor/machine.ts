// What this machine or container gives the service: open files, memory, Node's version. Pure.
import { type About, about } from "./about.ts";
import { MIB, sizeOf } from "./disk.ts";
import type { Check, Finding } from "./finding.ts";

export interface MachineFacts {
  nodeVersion: string;
  /** The soft limit; undefined where there is none, or the system does not tell. */
  maxOpenFiles: number | undefined;
  /** The container's; undefined where there is none. */
  maxMemoryBytes: number | undefined;
}

export interface MachinePorts {
  look(): Promise<MachineFacts>;
  /** What request bodies and kept answers may take together, by the settings. */
  configuredBytes: number;
}

/** A caller takes one, and while its request goes on another to OpenAI. */
const FEW_OPEN_FILES = 4096;
/** What the service takes before its first request, with room for as much again. */
const OWN_BYTES = 200 * MIB;

export const machineCheck = ({ look, configuredBytes }: MachinePorts): Check => ({
  ...{ id: "machine", title: "Machine" },
  run: async () => {
    const facts = await look();
    const on = about("this machine");
    const found = [...fileFaults(on, facts), ...memoryFaults(on, facts, configuredBytes)];
    return found.length > 0 ? found : [on.ok("machine", describe(facts))];
  },
});

const describe = ({ nodeVersion, maxOpenFiles, maxMemoryBytes }: MachineFacts): string => {
  const files = maxOpenFiles === undefined ? "" : `, ${maxOpenFiles} open files`;
  const memory = maxMemoryBytes === undefined ? "" : `, ${sizeOf(maxMemoryBytes)} of memory`;
  return `runs it with Node ${nodeVersion}${files}${memory}`;
};

const fileFaults = (on: About, { maxOpenFiles }: MachineFacts): Finding[] => {
  if (maxOpenFiles === undefined || maxOpenFiles >= FEW_OPEN_FILES) return [];
  return [
    on.warning(
      "machine.open-files",
      `lets the service open ${maxOpenFiles} files and connections only`,
      "Each caller takes one or two of them; when they are used up, connections are not accepted.",
      "Raise the limit to 65536: LimitNOFILE= in a systemd unit, `ulimits: { nofile: 65536 }` in a compose file.",
      { maxOpenFiles },
    ),
  ];
};

const memoryFaults = (on: About, { maxMemoryBytes }: MachineFacts, configured: number): Finding[] => {
  const needed = configured + OWN_BYTES;
  if (maxMemoryBytes === undefined || maxMemoryBytes >= needed) return [];
  return [
    on.warning(
      "machine.memory",
      `gives the container ${sizeOf(maxMemoryBytes)} of memory, and the settings allow for more`,
      `Request bodies and kept answers may take ${sizeOf(configured)}, beside some ${sizeOf(OWN_BYTES)} of its own; beyond its limit the system kills it.`,
      "Raise the limit, or lower BODY_MEMORY_BYTES and RELAY_CACHE_BYTES.",
      { maxMemoryBytes, neededBytes: needed },
    ),
  ];
};
