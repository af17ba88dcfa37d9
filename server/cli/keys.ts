// `broker keys check` and `rotate`: tries keys at OpenAI, and has the running service replace one.
import type { CommandKey, KeyCommands } from "../compose/key-commands.ts";
import { suggestNames } from "../names.ts";
import { idOf, type RotatedKey } from "../rotation/rotated-key.ts";
import { columns } from "./columns.ts";
import { CommandError, type Terminal } from "./terminal.ts";
import { harmless } from "./usage-words.ts";

const LIVE_MS = 60_000;
const LOOK_MS = 1000;
/** By then a new key is in service, or the command says that the service goes on without it. */
const FOLLOW_MS = 120_000;

/** Resolves to the exit code: 1 where a key does not work. */
export const checkKeys = async (
  { name, json }: { name: string | undefined; json: boolean },
  { keys }: KeyCommands,
  terminal: Terminal,
): Promise<0 | 1> => {
  const asked = name === undefined ? keys : [found(keys, name)];
  const { signal } = new AbortController();
  const trials = await Promise.all(asked.map((each) => tried(each, signal)));
  if (json) terminal.print(JSON.stringify({ keys: trials }));
  else {
    const heading = ["NAME", "ENDS", "ACCEPTED", "MODELS", "REALTIME", "MINTS", "PROBLEM"];
    const rows = trials.map((trial) => [
      ...[trial.name, trial.ends ?? "?", trial.accepted ? "yes" : "no", String(trial.models.length)],
      String(trial.models.filter((model) => model.includes("realtime")).length),
      trial.can_mint === null ? "not asked" : trial.can_mint ? "yes" : "no",
      trial.problem ?? "",
    ]);
    terminal.print(
      columns([heading, ...rows.map((cells) => cells.map(harmless))], new Set(["MODELS", "REALTIME"])).join(
        "\n",
      ),
    );
  }
  return trials.every(({ problem }) => problem === null) ? 0 : 1;
};

const tried = async ({ key, masked, check }: CommandKey, signal: AbortSignal) => {
  const trial = await check(signal).catch((error: Error) => ({
    ...{ isAccepted: false, models: [], canMint: undefined, problem: error.message },
  }));
  return {
    ...{ name: key.name, ends: masked ?? null, accepted: trial.isAccepted, models: trial.models },
    ...{ can_mint: trial.canMint ?? null, problem: trial.problem ?? null },
  };
};

/** Resolves to the exit code: 1 where the new key did not come into service. */
export const rotateKey = async (
  { name, json }: { name: string; json: boolean },
  commands: KeyCommands,
  terminal: Terminal,
): Promise<0 | 1> => {
  const { keys, store, audit, now } = commands;
  const { key, configuredHash } = found(keys, name);
  if (!key.rotate) {
    throw new CommandError(
      `${name} has no \`rotate\` under upstream_keys, which says to which project it belongs (docs/rotation.md)`,
    );
  }
  const replicas = (await store.replicas()).filter(({ seenAt }) => seenAt > now() - LIVE_MS);
  if (!replicas.some(({ rotates }) => rotates)) {
    throw new CommandError(
      "no running service would do it: set OPENAI_ADMIN_KEY where the service runs, with this database",
    );
  }
  const id = { name, configuredHash };
  await store.add(name, configuredHash, now());
  const begun = await requested(id, commands);
  await audit.keyRotation(name);
  const say = (text: string): void => {
    if (!json) terminal.print(text);
  };
  say(`${name}: asked the running service to replace it`);
  const ended = await follow(begun, key.rotate.grace_minutes, commands, say);
  if (json) {
    const { state, error = null } = ended.row;
    terminal.print(JSON.stringify({ name, in_service: ended.isInService, rotation: state, error }));
  }
  const failure = audit.failure();
  if (failure) throw new CommandError(`it is asked, but the audit trail does not say so: ${failure.message}`);
  return ended.isInService ? 0 : 1;
};

const requested = async (
  id: Pick<RotatedKey, "configuredHash" | "name">,
  { store, now }: KeyCommands,
): Promise<RotatedKey> => {
  for (let attempt = 0; attempt < 5; attempt++) {
    const row = await rowOf(id, store);
    if (row.state !== "idle") {
      throw new CommandError(`${id.name} is being replaced already: ${row.state}${saying(row)}`);
    }
    const changed = await store.change(row, { requestedAt: now(), retryAt: 0 });
    if (changed) return changed;
  }
  throw new CommandError(`${id.name} is being changed by another; try again`);
};

const follow = async (
  begun: RotatedKey,
  graceMinutes: number,
  { store, now, pause }: KeyCommands,
  say: (text: string) => void,
): Promise<{ row: RotatedKey; isInService: boolean }> => {
  const endsAt = now() + FOLLOW_MS;
  let told = "idle";
  let row = begun;
  while (now() < endsAt) {
    await pause(LOOK_MS);
    row = await rowOf(begun, store);
    const isInService = row.generation > begun.generation;
    const text = `${row.state}${saying(row)}`;
    if (text !== told) say(`${row.name}: ${harmless(text)}`);
    told = text;
    if (isInService && row.state !== "spreading") {
      say(`${row.name}: the new key is in service; the old one is deleted in ${graceMinutes} minutes`);
      return { row, isInService };
    }
    if (row.state === "idle" && row.requestedAt === undefined) return { row, isInService };
  }
  say(`${begun.name}: not done yet; the service goes on, and \`broker keys list\` says how far it is`);
  return { row, isInService: row.generation > begun.generation };
};

const rowOf = async (
  id: Pick<RotatedKey, "configuredHash" | "name">,
  store: KeyCommands["store"],
): Promise<RotatedKey> => {
  const row = (await store.all()).find((each) => idOf(each) === idOf(id));
  if (!row) throw new CommandError(`${id.name} is not known to the database any more`);
  return row;
};

const saying = ({ error }: RotatedKey): string => (error === undefined ? "" : ` (${error})`);

const found = (keys: readonly CommandKey[], name: string): CommandKey => {
  const key = keys.find((each) => each.key.name === name);
  if (key) return key;
  const names = keys.map((each) => each.key.name);
  throw new CommandError(`there is no upstream key ${name}${suggestNames(name, names)}`);
};
