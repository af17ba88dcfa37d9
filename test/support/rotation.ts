// Replicas that rotate one key: over a real database, the emulator's admin API, and a clock of the test's.
import { randomBytes } from "node:crypto";
import OpenAI from "openai";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { sealingWith } from "../../server/compose/sealing.ts";
import { fetchThrough } from "../../server/net/fetch.undici.ts";
import type { RotationNews } from "../../server/rotation/advance.ts";
import { configuredHash, type Sealing } from "../../server/rotation/credential.ts";
import { openAiKeyAdmin } from "../../server/rotation/key-admin.openai.ts";
import type { KeyAdmin } from "../../server/rotation/key-admin.ts";
import type { RotatedKey } from "../../server/rotation/rotated-key.ts";
import { sqlRotationStore } from "../../server/rotation/rotation-store.sql.ts";
import type { RotationStore } from "../../server/rotation/rotation-store.ts";
import { createRotations, type Rotations } from "../../server/rotation/rotations.ts";
import { createSteps, type RotatingKey } from "../../server/rotation/steps.ts";
import { Secret } from "../../server/secret.ts";
import { parseSealingKeys } from "../../server/secrets/sealing-key.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { requestAgent } from "../../server/upstream/agents.undici.ts";
import { openAiKeyTrial } from "../../server/upstream/key-trial.openai.ts";
import { createTestTime, type TestTime } from "./time.ts";

export const CONFIGURED = "sk-configured-0001";
export const PROJECT = "proj_default";
const HASH_KEY = new Secret("hash-key");

export const newSealing = (): Sealing => {
  const keys = parseSealingKeys(randomBytes(32).toString("base64url")) ?? [];
  return sealingWith(async () => keys);
};

export interface ReplicaOptions {
  /** Without it, the replica has no admin key. */
  rotates?: boolean;
  secret?: string;
  rotate?: Partial<RotatingKey["rotate"]>;
  sealing?: Sealing;
  /** Stands between the replica and its database, such as one that stops answering. */
  over?: (store: RotationStore) => RotationStore;
  /** Stands between the replica and the admin API. */
  admin?: (admin: KeyAdmin) => KeyAdmin;
}

export interface Replica extends Rotations {
  news: RotationNews[];
  /** What the pool finds wrong with the key from now on. */
  findProblem(problem: string | undefined): void;
  /** The secret that its requests show. */
  shows(): string;
}

export interface RotationPlant extends AsyncDisposable {
  emulator: Emulator;
  time: TestTime;
  store: RotationStore;
  replica(options?: ReplicaOptions): Replica;
  row(): Promise<RotatedKey>;
  /** Whether OpenAI accepts the key. */
  works(secret: string): Promise<boolean>;
  /** How many keys the project has. */
  keyCount(): Promise<number>;
  /** As the organization's owner may do by hand. */
  deleteServiceAccounts(): Promise<void>;
  fault(fault: object): Promise<void>;
  /** Polls, a second after the other, until the key is in that state. */
  reach(state: RotatedKey["state"], ...replicas: Replica[]): Promise<void>;
}

export const createRotationPlant = async (): Promise<RotationPlant> => {
  const emulator = await startEmulator();
  const time = createTestTime();
  const database = await openSqlite(":memory:", loadMigrations("sqlite"));
  const agent = requestAgent();
  const fetch = fetchThrough(agent);
  const store = sqlRotationStore(database);
  const plantSealing = newSealing();
  let count = 0;

  const replica = (options: ReplicaOptions = {}): Replica => {
    const { rotates = true, secret = CONFIGURED, sealing = plantSealing } = options;
    const own = options.over?.(store) ?? store;
    const openAi = openAiKeyAdmin({ adminKey: new Secret("sk-admin-1"), baseUrl: emulator.baseUrl, fetch });
    const admin = options.admin?.(openAi) ?? openAi;
    const key: RotatingKey = {
      ...{ name: "main", secret: new Secret(secret), base_url: emulator.baseUrl, priority: 0, weight: 1 },
      rotate: { project: PROJECT, every_days: 30, grace_minutes: 130, ...options.rotate },
    };
    const id = { name: "main", configuredHash: configuredHash(HASH_KEY, key.secret) };
    const news: RotationNews[] = [];
    let problem: string | undefined;
    count += 1;
    let newNames = 0;
    const name = `replica-${count}`;
    const tryKey = openAiKeyTrial(fetch);
    const newName = () => `${name}-${++newNames}`;
    const steps = createSteps({ admin, tryKey, sealing, clock: time.clock, newName, replicas: own.replicas });
    const rotations = createRotations({
      ...{ store: own, sealing, clock: time.clock, timers: time.timers, replica: name },
      steps: rotates ? steps : undefined,
      keys: () => [{ ...id, rotating: key, problem }],
      onSecrets: () => {},
      onNews: (each) => void news.push(each),
    });
    const findProblem = (found: string | undefined): void => {
      problem = found;
    };
    return { ...rotations, news, findProblem, shows: () => (rotations.secretOf(id) ?? key.secret).reveal() };
  };

  const row = async () => {
    const [found] = await store.all();
    if (!found) throw new Error("nothing was rotated");
    return found;
  };
  const admin = new OpenAI({ baseURL: emulator.baseUrl, adminAPIKey: "sk-admin-1", apiKey: null });

  return {
    ...{ emulator, time, store, replica, row },
    works: async (apiKey) => {
      const client = new OpenAI({ baseURL: emulator.baseUrl, apiKey, maxRetries: 0 });
      return client.models.list().then(
        () => true,
        () => false,
      );
    },
    keyCount: async () => (await admin.admin.organization.projects.apiKeys.list(PROJECT)).data.length,
    deleteServiceAccounts: async () => {
      const { serviceAccounts } = admin.admin.organization.projects;
      for await (const { id } of serviceAccounts.list(PROJECT)) {
        await serviceAccounts.delete(id, { project_id: PROJECT });
      }
    },
    fault: async (fault) => {
      const address = new URL("/emulator/faults", emulator.baseUrl);
      await fetch(address, { method: "POST", body: JSON.stringify(fault) });
    },
    reach: async (state, ...replicas) => {
      for (let polls = 0; polls < 1000; polls++) {
        for (const each of replicas) await each.poll();
        if ((await row()).state === state) return;
        await time.pass(1000);
      }
      throw new Error(`it stays ${(await row()).state}: ${(await row()).error}`);
    },
    [Symbol.asyncDispose]: async () => {
      await agent.destroy();
      await database.close();
      await emulator.close();
    },
  };
};

export const DAYS = 86_400_000;
