// `broker keys list`: each key at OpenAI, how old it is, what is known to be wrong with it, and when it is replaced next.
import type { CommandKey, KeyCommands } from "../compose/key-commands.ts";
import { dueAt, idOf, type RotatedKey } from "../rotation/rotated-key.ts";
import type { ReplicaReport } from "../rotation/rotation-store.ts";
import { columns } from "./columns.ts";
import { ago } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { harmless } from "./usage-words.ts";

/** A replica that runs reports every ten seconds. */
const LIVE_MS = 60_000;
const DAY_MS = 86_400_000;

interface Listed {
  name: string;
  from: string;
  ends: string;
  project: string | null;
  base_url: string;
  priority: number;
  models: readonly string[] | null;
  health: string;
  in_service_since: string | null;
  next_rotation: string | null;
  rotation: string | null;
  error: string | null;
}

export const listKeys = async (
  { json }: { json: boolean },
  { keys, store, now }: KeyCommands,
  terminal: Terminal,
): Promise<void> => {
  const rows = new Map((await store.all()).map((row) => [idOf(row), row]));
  const live = (await store.replicas()).filter(({ seenAt }) => seenAt > now() - LIVE_MS);
  const listed = keys.map((key) => listedKey(key, rows.get(idOf(idIn(key))), live));
  if (json) return terminal.print(JSON.stringify({ keys: listed }));
  const heading = ["NAME", "FROM", "ENDS", "PROJECT", "PRIORITY", "MODELS", "HEALTH", "AGE", "NEXT ROTATION"];
  const cells = listed.map((key) => cellsOf(key, now()).map(harmless));
  terminal.print(columns([heading, ...cells], new Set(["PRIORITY"])).join("\n"));
};

const idIn = ({ key, configuredHash }: CommandKey) => ({ name: key.name, configuredHash });

const listedKey = (
  { key, configuredHash, masked }: CommandKey,
  row: RotatedKey | undefined,
  live: readonly ReplicaReport[],
): Listed => {
  const due = row && key.rotate && dueAt(row, key.rotate);
  return {
    name: key.name,
    from: row?.current === undefined ? "configuration" : "rotation",
    ends: masked ?? "cannot be opened here: set SECRETS_KEY as the service has it",
    project: key.rotate?.project ?? key.project ?? null,
    base_url: key.base_url,
    priority: key.priority,
    models: key.models ?? null,
    health: healthOf(idOf({ name: key.name, configuredHash }), live),
    in_service_since: row ? isoOf(row.inServiceSince) : null,
    next_rotation: due === undefined ? null : isoOf(due),
    rotation: row && key.rotate ? row.state : null,
    error: row?.error ?? null,
  };
};

const healthOf = (id: string, live: readonly ReplicaReport[]): string => {
  const reports = live.flatMap(({ keys }) => keys[id] ?? []);
  const problems = reports.flatMap(({ problem }) => problem ?? []);
  if (reports.length === 0) return "unknown";
  return problems.length === 0
    ? "ok"
    : `${problems[0]}${reports.length > 1 ? ` (${problems.length} of ${reports.length} replicas)` : ""}`;
};

const isoOf = (at: number): string => new Date(at).toISOString();

const cellsOf = (key: Listed, now: number): string[] => [
  key.name,
  key.from,
  key.ends,
  key.project ?? "-",
  String(key.priority),
  key.models?.join(", ") ?? "all",
  key.health,
  key.in_service_since === null ? "-" : ago(now - Date.parse(key.in_service_since)),
  nextOf(key, now),
];

const nextOf = ({ rotation, next_rotation: next, error }: Listed, now: number): string => {
  const failed = error === null ? "" : `; ${error}`;
  if (rotation !== null && rotation !== "idle") return `${rotation}${failed}`;
  if (next === null) return rotation === null ? "-" : `by command${failed}`;
  const days = Math.ceil((Date.parse(next) - now) / DAY_MS);
  return `${days <= 0 ? "now" : `in ${days} day${days === 1 ? "" : "s"}`}${failed}`;
};
