// Amounts in Redis or Valkey: one hash for each account, changed by scripts, each of which is one step for all replicas.
import { createHash } from "node:crypto";
import type { SharedRedis } from "../store/redis.node.ts";
import type { AmountState } from "./local-amounts.ts";
import type { SharedAmounts, SharedCharge } from "./shared-amounts.ts";

/** A replica that has not been heard of for so long counts as dead, and what it held is free again. */
const LEASE_MS = 30_000;
/** Accounts outlive their period for requests that began in it. */
const KEPT_MS = 2 * 86_400_000;

// Fields of a hash: `spent` and `held` are the sums of `s:REPLICA` and `h:REPLICA`.
const common = `
local replica, leases = ARGV[1], ARGV[2]
local whole = function(number) return string.format('%.0f', number) end
local get = function(key, field) return tonumber(redis.call('HGET', key, field) or '0') end
local add = function(key, field, amount)
  if amount ~= 0 then redis.call('HINCRBY', key, field, whole(amount)) end
end
local hold = function(key, name, amount)
  add(key, 'h:' .. name, amount)
  add(key, 'held', amount)
end
local merge = function(key, name, spent)
  local more = spent - get(key, 's:' .. name)
  if more > 0 then
    add(key, 's:' .. name, more)
    add(key, 'spent', more)
  end
end
local others = function(key)
  return get(key, 'spent') - get(key, 's:' .. replica), get(key, 'held') - get(key, 'h:' .. replica)
end
local free = function(key)
  local fields = redis.call('HGETALL', key)
  for index = 1, #fields, 2 do
    local name = string.match(fields[index], '^h:(.*)$')
    if name and name ~= replica and redis.call('EXISTS', leases .. name) == 0 then
      hold(key, name, -tonumber(fields[index + 1]))
      redis.call('HDEL', key, fields[index])
    end
  end
end
`;

// For each key: limit, estimate, what this replica has spent, milliseconds to keep it. Answers three numbers for each: whether it
// refuses, and what the others have spent and hold.
const RESERVE = `${common}
local refused = 0
local answer = {}
for index, key in ipairs(KEYS) do
  local at = 4 * index - 1
  local limit, estimate, spent = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local fits = function()
    if estimate == 0 then return get(key, 'spent') < limit end
    return get(key, 'spent') + get(key, 'held') + estimate <= limit
  end
  merge(key, replica, spent)
  if not fits() then free(key) end
  local refuses = fits() and 0 or 1
  refused = refused + refuses
  answer[3 * index - 2] = refuses
  answer[3 * index - 1], answer[3 * index] = others(key)
end
for index, key in ipairs(KEYS) do
  if refused == 0 then hold(key, replica, tonumber(ARGV[4 * index])) end
  redis.call('PEXPIRE', key, ARGV[4 * index + 2])
end
return answer
`;

// Arguments as above. What a replica that had counted as dead held is free already.
const SETTLE = `${common}
local states = {}
for index, key in ipairs(KEYS) do
  local at = 4 * index - 1
  hold(key, replica, -math.min(tonumber(ARGV[at + 1]), get(key, 'h:' .. replica)))
  merge(key, replica, tonumber(ARGV[at + 2]))
  redis.call('PEXPIRE', key, ARGV[at + 3])
  states[2 * index - 1], states[2 * index] = others(key)
end
return states
`;

// What this replica holds, milliseconds to keep it, then pairs of a replica and what it has spent.
const MERGE = `${common}
local key = KEYS[1]
hold(key, replica, tonumber(ARGV[3]) - get(key, 'h:' .. replica))
for at = 5, #ARGV, 2 do merge(key, ARGV[at], tonumber(ARGV[at + 1])) end
redis.call('PEXPIRE', key, ARGV[4])
return {others(key)}
`;

interface Ports {
  redis: Pick<SharedRedis, "client" | "onConnected">;
  /** This process's name among the replicas, another with each start. */
  replica: string;
  now(): number;
}

// The braces put them all in one slot of a Redis Cluster: a script reads and changes what one server has, and a request may have
// several budgets, all of which must have room.
const PREFIX = "broker:{budgets}:";
const LEASES = "broker:{budgets}-replica:";

export const redisAmounts = ({ redis, replica, now }: Ports): SharedAmounts => {
  const { client } = redis;
  /** Ahead of all that is sent on a new connection, as a Redis that restarts has lost them. One that fails is asked for again. */
  const loadScripts = (): void => {
    for (const script of shas.keys()) client.scriptLoad(script).catch(() => {});
  };
  redis.onConnected(loadScripts);
  if (client.isReady) loadScripts();

  const run = async (
    script: string,
    ids: readonly string[],
    args: readonly (string | number)[],
  ): Promise<number[]> => {
    const keys = ids.map((id) => PREFIX + id);
    try {
      const call = { keys, arguments: [replica, LEASES, ...args].map(String) };
      return numbersIn(await client.evalSha(shaOf(script), call));
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("NOSCRIPT")) loadScripts();
      throw error;
    }
  };
  const keptMs = (endsAt: number): number => Math.max(0, endsAt - now()) + KEPT_MS;
  const over = (script: string, charges: readonly SharedCharge[]): Promise<number[]> =>
    run(
      script,
      charges.map(({ id }) => id),
      charges.flatMap(({ limit, estimate, spent, endsAt }) => [limit, estimate, spent, keptMs(endsAt)]),
    );

  return {
    reserve: async (charges) => {
      const numbers = await over(RESERVE, charges);
      const at = (index: number): number => numbers[index] ?? 0;
      return charges.map((_, index) => ({
        isRefused: at(3 * index) === 1,
        others: { spent: at(3 * index + 1), held: at(3 * index + 2) },
      }));
    },
    settle: async (charges) => statesIn(await over(SETTLE, charges)),
    merge: async ({ id, endsAt }, { spent, held }, others) => {
      const pairs = [{ replica, spent }, ...others].flatMap((each) => [each.replica, each.spent]);
      const [state] = statesIn(await run(MERGE, [id], [held, keptMs(endsAt), ...pairs]));
      return state as AmountState;
    },
    renew: async () =>
      (await client.set(LEASES + replica, "1", {
        expiration: { type: "PX", value: LEASE_MS },
        GET: true,
      })) !== null,
    onConnected: redis.onConnected,
  };
};

const shas = new Map(
  [RESERVE, SETTLE, MERGE].map((script) => [script, createHash("sha1").update(script).digest("hex")]),
);
const shaOf = (script: string): string => shas.get(script) as string;

const numbersIn = (reply: unknown): number[] => (reply as unknown[]).map(Number);

const statesIn = (numbers: readonly number[]): AmountState[] =>
  numbers.flatMap((spent, index) => (index % 2 === 0 ? [{ spent, held: numbers[index + 1] ?? 0 }] : []));
