// The files that `init` writes: the service starts with them whatever was answered, and nothing is overwritten.
import { expect, it } from "vitest";
import { type InitAnswers, init, initFiles } from "../../../server/cli/init.ts";
import { loadConfig } from "../../../server/config/load.ts";

const parsed = (env: string): Record<string, string> =>
  Object.fromEntries([...env.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));

const kinds: InitAnswers["callers"][] = ["local", "token", "issuer"];

it.each(kinds)("a configuration for %s callers loads with its own .env.example", (callers) => {
  const answers = { callers, model: "gpt-realtime-2.1", tools: ["current_time", "convert_units"] };
  const { "broker.yaml": yaml, ".env.example": env } = initFiles(answers);
  const filledIn = { PAGE_TOKEN: "a-token-0123456789abcdef" };
  const config = loadConfig({ ...parsed(env), ...filledIn, BROKER_CONFIG: "broker.yaml" }, () => yaml);
  expect(config.profiles.default?.tools).toEqual(["current_time", "convert_units"]);
  const { guests, tokens, issuers } = config.callers;
  expect([guests, tokens.length, issuers.length]).toEqual(
    { local: ["loopback", 0, 0], token: ["none", 1, 0], issuer: ["none", 0, 1] }[callers],
  );
});

/** A terminal on which these lines are typed, over a folder with these files. */
const terminal = (typed: readonly string[], present: readonly string[] = []) => {
  const said: string[] = [];
  const files: Record<string, string> = {};
  const lines = [...typed];
  return {
    ...{ said, files },
    ports: {
      randomBytes: (count: number) => new Uint8Array(count).fill(7),
      tools: ["convert_units", "current_time"],
      schema: "{}\n",
      terminal: {
        print: (text: string) => said.push(text),
        complain: (text: string) => said.push(text),
        bold: (text: string) => text,
        dim: (text: string) => text,
        paint: (text: string) => text,
        columns: undefined,
        ask: async (question: string) => {
          said.push(question);
          return lines.shift() ?? "";
        },
        readSecret: async () => expect.fail("no secret is asked for"),
        exists: async (file: string) => present.includes(file),
        writeNew: async (file: string, text: string) => {
          if (present.includes(file)) return false;
          files[file] = text;
          return true;
        },
      },
    },
  };
};

it("--yes asks nothing", async () => {
  const { ports, said, files } = terminal([]);
  await init(["--yes"], ports);
  expect(Object.keys(files)).toEqual(["broker.yaml", ".env.example", "broker.schema.json"]);
  expect(said.join("\n")).not.toContain("?");
});

it("asks again for an answer that it does not know", async () => {
  const { ports, said, files } = terminal(["tokn", "token", "a model: x", "gpt-realtime", "foo", "none"]);
  await init([], ports);
  expect(said).toContain("Please answer local, token, issuer.");
  expect(said).toContain("A model's name has letters, digits, dots and dashes only.");
  expect(said).toContain("There is no tool foo. There are: convert_units, current_time.");
  expect(files["broker.yaml"]).toContain("model: gpt-realtime\n");
  expect(files["broker.yaml"]).toContain("tools: []");
});

it("shows the new token, and writes it into no file", async () => {
  const { ports, said, files } = terminal(["token"]);
  await init([], ports);
  expect(said.at(-1)).toContain("PAGE_TOKEN=BwcHBwcH");
  expect(files[".env.example"]).toContain("PAGE_TOKEN=\n");
  expect(JSON.stringify(files)).not.toContain("BwcHBwcH");
});

it.each(["broker.yaml", ".env.example"])(
  "leaves a %s that exists as it is, asks nothing and writes nothing",
  async (file) => {
    const { ports, files, said } = terminal([], [file]);
    await expect(init([], ports)).rejects.toThrow(`${file} exists already`);
    expect([files, said]).toEqual([{}, []]);
  },
);
it("lets editors complete broker.yaml, by a schema that is there already in a checkout", async () => {
  const { ports, files } = terminal([], ["broker.schema.json"]);
  await init(["--yes"], ports);
  expect(files["broker.yaml"]).toMatch(/^# yaml-language-server: \$schema=\.\/broker\.schema\.json\n/);
  expect(files).not.toHaveProperty("broker.schema.json");
});

it("names a word that it does not take", async () => {
  await expect(init(["--no"], terminal([]).ports)).rejects.toThrow("init takes no words but --yes");
});
