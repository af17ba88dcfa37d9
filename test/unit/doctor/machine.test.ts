// What doctor makes of a machine's limits, its ports and its files.
import { expect, it } from "vitest";
import { type FileFacts, filesCheck } from "../../../server/doctor/files.ts";
import type { Check } from "../../../server/doctor/finding.ts";
import { type MachineFacts, machineCheck } from "../../../server/doctor/machine.ts";
import { portCheck } from "../../../server/doctor/port.ts";

const found = async (check: Check): Promise<string[]> =>
  (await check.run(new AbortController().signal)).map(({ check: id, level }) => `${level} ${id}`);

const MIB = 1024 * 1024;

it("names a limit of open files, and of memory, that is too low", async () => {
  const judge = (facts: Partial<MachineFacts>) => {
    const all = { nodeVersion: "26.10.0", maxOpenFiles: undefined, maxMemoryBytes: undefined, ...facts };
    return found(machineCheck({ look: async () => all, configuredBytes: 320 * MIB }));
  };
  expect(await judge({})).toEqual(["ok machine"]);
  expect(await judge({ maxOpenFiles: 65_536, maxMemoryBytes: 1024 * MIB })).toEqual(["ok machine"]);
  expect(await judge({ maxOpenFiles: 1024 })).toEqual(["warning machine.open-files"]);
  expect(await judge({ maxMemoryBytes: 256 * MIB })).toEqual(["warning machine.memory"]);
});

it("tells the service's own port from one that another program has", async () => {
  const judge = (code: string | undefined, isService = false) =>
    found(
      portCheck([
        {
          ...{ host: "127.0.0.1", port: 8787, setting: { host: "HOST", port: "PORT" } },
          ...{ tryToListen: async () => code, isService: async () => isService },
        },
      ]),
    );
  expect(await judge(undefined)).toEqual(["ok port"]);
  expect(await judge("EADDRINUSE", true)).toEqual(["ok port"]);
  expect(await judge("EADDRINUSE")).toEqual(["fault port.taken"]);
  expect(await judge("EACCES")).toEqual(["fault port.forbidden"]);
  expect(await judge("EADDRNOTAVAIL")).toEqual(["fault port.address"]);
  expect(await judge("EMFILE")).toEqual(["fault port.refused"]);
});

it("lets a mounted secret be, which is the container's alone", async () => {
  const judge = (facts: Partial<FileFacts>, isSecret = true) => {
    const look = async () => ({ mode: 0o600, isFolder: false, isInMemory: false, ...facts });
    return found(filesCheck({ files: [{ path: "/run/secrets/key", what: "a key", isSecret }], look }));
  };
  expect(await judge({ mode: 0o444 })).toEqual(["warning files.readable"]);
  expect(await judge({ mode: 0o444, isInMemory: true })).toEqual(["ok files"]);
  expect(await judge({ mode: 0o644 }, false)).toEqual(["ok files"]);
  expect(await judge({ mode: 0o666, isInMemory: true }, false)).toEqual(["fault files.writable"]);
});
