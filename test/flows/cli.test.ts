// The command line as its operator meets it: what it prints, what it refuses, and how it ends.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it as test } from "vitest";
import { type Ended, runBroker, spawnBroker } from "../support/cli.ts";

const TOKEN = /rkb_[A-Za-z0-9]{12}_[\w-]{43}/;

type RunInFolder = (words: string | readonly string[], env?: Record<string, string>) => Promise<Ended>;

interface Place {
  folder: string;
  /** Runs a command in the folder. */
  broker: RunInFolder;
  /** The same without a process of its own for each. */
  many: RunInFolder;
}

const it = (sentence: string, check: (place: Place) => Promise<void>) =>
  test(sentence, async () => {
    const folder = mkdtempSync(join(tmpdir(), "broker-cli-"));
    try {
      await check({
        folder,
        broker: (words, env = {}) => spawnBroker(words, env, folder),
        many: (words, env = {}) => runBroker(words, env, folder),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

it("adds a user with nothing configured, and prints exactly one line for a machine", async ({
  broker,
  folder,
}) => {
  const added = await broker("users add bob --json");
  expect(added).toEqual({ code: 0, stderr: "", stdout: expect.stringMatching(/^\{.*\}\n$/) });
  expect(added.stdout).toBe(`{"name":"bob","token":"${TOKEN.exec(added.stdout)?.[0]}"}\n`);
  expect(statSync(join(folder, "data/broker.db")).mode % 0o1000).toBe(0o600);
});

it("shows a token once, in words, and afterwards nowhere: not in the list, not in the file", async ({
  broker,
  folder,
}) => {
  const { stdout } = await broker("users add bob");
  const [token = ""] = TOKEN.exec(stdout) ?? [];
  expect(stdout).toMatch(/^bob was added\..*shown this once:\n\n {2}rkb_/);
  const [table, json] = [await broker("users list"), await broker("users list --json")];
  const files = ["broker.db", "broker.db-wal"].map((name) => readIfThere(join(folder, "data", name)));
  const secret = token.slice(17);
  for (const text of [table.stdout, json.stdout, ...files]) expect(text).not.toContain(secret);
  expect(files.join("")).toContain(token.slice(4, 16));
  expect(json.stdout).not.toMatch(/hash|key/);
});

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
};

it("lists users on an aligned table, and as JSON", async ({ broker, folder }) => {
  writeFileSync(
    join(folder, "broker.yaml"),
    "profiles: { voice: { session: { type: realtime, model: m } }, dictation: {} }",
  );
  expect((await broker("users list")).stdout).toBe("There are no users in sqlite:data/broker.db.\n");
  const limit = ["--limit", "mints=5 per minute, 100 per day", "--limit", "tool_calls=none"];
  const profiles = ["--profile", "voice", "--profile", "dictation"];
  await broker([
    "users",
    "add",
    "bob",
    ...profiles,
    "--role",
    "support",
    "--team",
    "Customer Care",
    ...limit,
  ]);
  await broker("users add alice.with.a.long.name@example.com");
  await broker("users disable bob");
  const today = new Date().toISOString().slice(0, 10);
  expect((await broker("users list")).stdout.replaceAll(today, "2026-11-20")).toBe(
    [
      "NAME                                STATE     LAST USED  CREATED     TOKENS  TEAM           ROLES    PROFILES          LIMITS",
      "alice.with.a.long.name@example.com  active    never      2026-11-20  1       -              -        as allowed        -",
      "bob                                 disabled  never      2026-11-20  1       Customer Care  support  voice, dictation  mints=5 per minute, 100 per day, tool_calls=none",
      "",
    ].join("\n"),
  );
  const [, bob] = JSON.parse((await broker("users list --json")).stdout);
  expect(bob).toEqual({
    name: "bob",
    state: "disabled",
    roles: ["support"],
    profiles: ["voice", "dictation"],
    team: "Customer Care",
    limits: { mints: "5 per minute, 100 per day", tool_calls: "none" },
    created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    last_used_at: null,
    disabled_at: expect.stringMatching(/^\d{4}-.*Z$/),
    tokens: [{ prefix: expect.stringMatching(/^[A-Za-z0-9]{12}$/), expires_at: null }],
  });
});

it("rotates with a day's overlap, or the one it is told", async ({ broker }) => {
  await broker("users add bob");
  const began = Date.now();
  const words = await broker("users rotate bob");
  const [, end = ""] = /^bob has a new token; the old ones work until (.*Z)\./.exec(words.stdout) ?? [];
  const isFromNow = (time: string, ms: number) =>
    Date.parse(time) - ms >= began - 1000 && Date.parse(time) - ms <= Date.now();
  expect(isFromNow(end, 86_400_000)).toBe(true);
  const json = JSON.parse((await broker("users rotate bob --overlap 30m --json")).stdout);
  expect(json).toMatchObject({ name: "bob", token: expect.stringMatching(TOKEN) });
  expect(isFromNow(json.old_tokens_end_at, 1_800_000)).toBe(true);
  const [bob] = JSON.parse((await broker("users list --json")).stdout);
  expect(bob.tokens).toHaveLength(3);
  expect((await broker("users rotate bob --overlap 0")).stdout).toMatch(/the old ones no longer work\./);
  expect(JSON.parse((await broker("users list --json")).stdout)[0].tokens).toHaveLength(1);
});

it("says in one sentence why it failed, and ends with 1", async ({ many }) => {
  await many("users add bob");
  const failures: [string | string[], string][] = [
    ["users add bob", "there is a user called bob already; `broker users rotate bob` makes a new token"],
    ["users rotate eve", "there is no user called eve"],
    ["users disable eve", "there is no user called eve"],
    ["users remove eve", "there is no user called eve"],
    ["users add carl --profile voice", "there is no profile called voice; there are default"],
    ["users set carl --role support", "there is no user called carl"],
  ];
  for (const [words, reason] of failures) {
    expect(await many(words)).toEqual({ code: 1, stdout: "", stderr: `broker: ${reason}\n` });
  }
});

it("ends by itself after every command, with the code for what it said", async ({ broker }) => {
  const ends: [string, number][] = [
    ["users rotate eve", 1],
    ["users drop", 2],
    ["check", 1],
    ["audit verify", 0],
    ["usage", 0],
    ["prices", 0],
    ["schema", 0],
  ];
  for (const [words, code] of ends) expect([words, (await broker(words)).code]).toEqual([words, code]);
});

it("says what it did not understand, and ends with 2", async ({ many }) => {
  const misuses: [string | string[], RegExp][] = [
    [[], /say what to do/],
    ["serve", /there is no command serve.* init, check, doctor, schema, start, demo, emulator, users/],
    ["start --port 1", /start takes no options/],
    ["users", /say what to do with users/],
    ["users drop", /there is no command users drop/],
    ["users add", /a NAME is missing/],
    ["users add a b", /b is one too many/],
    ["users add -x", /Unknown option '-x'/],
    ["users add --profile", /argument missing/],
    [["users", "add", "x'); drop table users; --"], /NAME: must be 1 to 64 letters/],
    [["users", "add", "a\nb"], /NAME: must be/],
    ["users add bob --role a,b", /--role: must be 1 to 128/],
    ["users add bob --team =1+1", /--team: must be 1 to 64/],
    ["users add bob --limit mints=often", /--limit: must be none, or rates/],
    ["users add bob --limit sips=none", /--limit: .*sips/],
    ["users add bob --limit mints=none --limit mints=none", /--limit: each kind may be given once/],
    ["users rotate bob --overlap tomorrow", /--overlap: must be 0, or a time/],
    ["users list bob", /list takes no name/],
  ];
  for (const [words, reason] of misuses) {
    const { code, stdout, stderr } = await many(words);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(reason);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  }
});

it("prints its help, also where the rest makes no sense", async ({ many }) => {
  for (const words of ["--help", "users --help", "users add --help", "help"]) {
    const { code, stdout } = await many(words);
    expect([code, stdout.split("\n")[0]]).toEqual([0, "Usage: broker users COMMAND [options]"]);
  }
});

it("makes a token for the configuration, and touches no database for it", async ({ broker, folder }) => {
  expect((await broker("users token")).stdout).toMatch(new RegExp(`^${TOKEN.source}\n$`));
  expect(JSON.parse((await broker("users token --json")).stdout).token).toMatch(TOKEN);
  expect(() => statSync(join(folder, "data"))).toThrow(/ENOENT/);
});

it("needs no secret of the service but its own two settings, from where the service has them", async ({
  broker,
  folder,
}) => {
  const yaml = `
settings: { database_url: "sqlite:\${FOLDER}/users.db", openai_api_key: "\${OPENAI_API_KEY}", port: nonsense }
callers: { tokens: [{ name: alice, token: "\${ALICE_TOKEN}" }] }
users: [{ name: bob }]
`;
  writeFileSync(join(folder, "elsewhere.yaml"), yaml);
  const env = { BROKER_CONFIG: "elsewhere.yaml", FOLDER: "kept/here" };
  expect((await broker("users add bob", env)).code).toBe(0);
  expect(statSync(join(folder, "kept/here/users.db")).isFile()).toBe(true);
  const removed = await broker("users remove bob", env);
  expect(removed.stderr).toBe("Note: broker.yaml names bob, so the next start creates the user again.\n");
  expect((await broker("users list", { BROKER_CONFIG: "elsewhere.yaml" })).stderr).toMatch(
    /settings\.database_url: the environment has no FOLDER/,
  );
  expect((await broker("users list", { BROKER_CONFIG: "nowhere.yaml" })).stderr).toBe(
    "broker: BROKER_CONFIG: there is no file nowhere.yaml\n",
  );
});

it("names DATABASE_URL when the database cannot be had, and never its password", async ({ many }) => {
  const password = "open-sesame";
  const places = [
    [`postgres://broker:${password}@127.0.0.1:9/keys`, "Postgres at 127.0.0.1:9/keys cannot be used: "],
    ["sqlite:/dev/null/broker.db", "sqlite:/dev/null/broker.db cannot be used: "],
    ["sqlite:/", "sqlite:/ cannot be used: "],
    [`mysql://broker:${password}@host/keys`, "must be sqlite:FILE or postgres://"],
  ] as const;
  for (const [url, reason] of places) {
    const { code, stdout, stderr } = await many("users list", { DATABASE_URL: url });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`broker: DATABASE_URL: ${reason}`);
    expect(stderr).not.toContain(password);
  }
});

it("warns when a token is made with another key than the ones before", async ({ broker }) => {
  const service = { TOKEN_HASH_KEY: "the service's key, 32 characters" };
  expect((await broker("users add bob", service)).stderr).toBe("");
  const added = await broker("users add eve --json");
  expect(added.stderr).toMatch(/^Note: 1 of 1 tokens were made with another TOKEN_HASH_KEY\./);
  expect(JSON.parse(added.stdout)).toMatchObject({ name: "eve" });
  const short = await broker("users list", { TOKEN_HASH_KEY: "short" });
  expect(short.stderr).toMatch(/TOKEN_HASH_KEY: must have at least 32 characters/);
});

it("adds ten users at once to a file that is not there yet", async ({ broker }) => {
  const names = Array.from({ length: 10 }, (_, index) => `user${index}`);
  const ends = await Promise.all(names.map((name) => broker(`users add ${name}`)));
  expect(ends.map(({ stderr }) => stderr)).toEqual(names.map(() => ""));
  const listed = JSON.parse((await broker("users list --json")).stdout);
  expect(listed.map(({ name }: { name: string }) => name)).toEqual(names);
});

it("is what `npx broker` runs in a checkout, without asking a registry", async ({ folder }) => {
  const cwd = new URL("../../", import.meta.url).pathname;
  const words = ["--offline", "--cache", folder, "broker", "users", "token"];
  const stdout = await new Promise<string>((resolve) => {
    execFile("npx", words, { cwd, timeout: 90_000 }, (_, printed, said) => resolve(printed || said));
  });
  expect(stdout).toMatch(new RegExp(`^${TOKEN.source}\n$`));
});
