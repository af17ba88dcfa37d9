// `init`: the files of a new installation, from three answers.
import { SCHEMA_LINE } from "../config/json-schema.ts";
import { CommandError, type Terminal } from "./terminal.ts";

/** Who may call, as it is asked. */
const callerKinds = ["local", "token", "issuer"] as const;

export interface InitAnswers {
  callers: (typeof callerKinds)[number];
  model: string;
  tools: readonly string[];
}

export interface InitPorts {
  terminal: Terminal;
  /** Random bytes for the first token. */
  randomBytes(count: number): Uint8Array;
  /** The tools that can be chosen. */
  tools: readonly string[];
  /** broker.yaml's JSON Schema, for editors. */
  schema: string;
}

const fileNames = ["broker.yaml", ".env.example"] as const;

const defaults: InitAnswers = { callers: "local", model: "gpt-realtime-2.1", tools: ["current_time"] };

const SCHEMA_FILE = "broker.schema.json";

const usage = "init takes no words but --yes, which asks nothing (see broker --help)";

/** Asks, unless told --yes, and writes broker.yaml and .env.example. Throws a `CommandError` where either exists. */
export const init = async (words: readonly string[], ports: InitPorts): Promise<void> => {
  if (words.some((word) => word !== "--yes")) throw new CommandError(usage, 2);
  const { terminal } = ports;
  // Before any question, and before one of the two is written.
  for (const file of fileNames) if (await terminal.exists(file)) throw exists(file);
  const answers = words.includes("--yes") ? defaults : await askAll(ports);
  for (const [file, text] of Object.entries(initFiles(answers))) {
    if (!(await terminal.writeNew(file, text))) throw exists(file);
    terminal.print(`wrote ${file}`);
  }
  // A checkout has it, as the same schema.
  const isNew = await terminal.writeNew(SCHEMA_FILE, ports.schema);
  if (isNew) terminal.print(`wrote ${SCHEMA_FILE}, by which editors complete and check broker.yaml`);
  const token = Buffer.from(ports.randomBytes(32)).toString("base64url");
  // Shown and not written: .env.example is kept with the code.
  const shown = answers.callers === "token" ? `, and this token:\n  PAGE_TOKEN=${token}\nThen` : ", and";
  terminal.print(`
Next: copy .env.example to .env, put your OpenAI key into it${shown} run
  npx realtime-key-broker start`);
};

const exists = (file: string): CommandError =>
  new CommandError(`${file} exists already; it was left as it is. Move it away first`);

const askAll = async ({ terminal, tools }: InitPorts): Promise<InitAnswers> => {
  const choose = async <Choice extends string>(
    question: string,
    choices: readonly Choice[],
    preset: Choice,
  ): Promise<Choice> => {
    for (;;) {
      const answer = (await terminal.ask(`${question} [${preset}] `)).trim() || preset;
      const chosen = choices.find((choice) => choice === answer);
      if (chosen) return chosen;
      terminal.print(`Please answer ${choices.join(", ")}.`);
    }
  };
  terminal.print(`Who may call?
  local   only this machine's own user, to try it
  token   servers and pages that show a fixed token
  issuer  users of your identity provider, with its JWTs`);
  const callers = await choose("Callers:", callerKinds, defaults.callers);
  const model = await askModel(terminal);
  const offered = tools.join(", ");
  for (;;) {
    const text = (
      await terminal.ask(`Tools that the model may call, of ${offered}, or none [${defaults.tools}] `)
    ).trim();
    const named = text === "" ? defaults.tools : text.split(/[\s,]+/).filter((name) => name !== "none");
    const unknown = named.filter((name) => !tools.includes(name));
    if (unknown.length === 0) return { callers, model, tools: named };
    terminal.print(`There is no tool ${unknown.join(", ")}. There are: ${offered}.`);
  }
};

const askModel = async (terminal: Terminal): Promise<string> => {
  for (;;) {
    const model = (await terminal.ask(`Model: [${defaults.model}] `)).trim() || defaults.model;
    // It is written into YAML as it stands.
    if (/^[\w.:-]{1,100}$/.test(model)) return model;
    terminal.print("A model's name has letters, digits, dots and dashes only.");
  }
};

const callersOf = (kind: InitAnswers["callers"]): string => {
  switch (kind) {
    case "local":
      return `  # This machine's own user, with the token that the start prints. Next: tokens, users or issuers.
  guests: loopback`;
    case "token":
      return `  # Shown as \`Authorization: Bearer …\`. One entry for each server or page that calls.
  tokens:
    - { name: page, token: "\${PAGE_TOKEN}" }`;
    case "issuer":
      return `  # Your identity provider's JWTs. Its keys are found by OpenID Connect Discovery.
  issuers:
    - issuer: \${ISSUER} # as in the token's \`iss\`
      audience: \${AUDIENCE} # as in the token's \`aud\`
      algorithms: [RS256]`;
  }
};

const environmentOf = (kind: InitAnswers["callers"]): string => {
  switch (kind) {
    case "local":
      return "";
    case "token":
      return "\n# What the page or server shows: openssl rand -base64 32\nPAGE_TOKEN=\n";
    case "issuer":
      return "\n# Your identity provider: the `iss` and `aud` of its tokens.\nISSUER=https://login.example.com/\nAUDIENCE=voice\n";
  }
};

/** The files by name. There is no secret in them. */
export const initFiles = ({
  callers,
  model,
  tools,
}: InitAnswers): Record<(typeof fileNames)[number], string> => ({
  "broker.yaml": `${SCHEMA_LINE}
# The configuration of realtime-key-broker. \${NAME} takes a value from the environment or from .env beside this file.
# Everything else that can be set: https://www.npmjs.com/package/realtime-key-broker, broker.example.yaml

# Who may call.
callers:
${callersOf(callers)}

# Other origins whose pages may call. This service's own page needs no entry.
cors:
  origins: []

# What a voice session is. Callers choose one with ?profile=NAME.
profiles:
  default:
    # OpenAI's session object, as its API takes it.
    session:
      type: realtime
      model: ${model}
      instructions: You are a friendly assistant. Answer in one or two short sentences.
      audio:
        input:
          transcription: { model: gpt-transcribe } # what the user says, as text
        output:
          voice: marin
    ttl_seconds: 60 # how long a key may start sessions; a started session goes on
    tools: [${tools.join(", ")}] # what the model may call

# How often each caller may.
limits:
  mints: { caller: "30 per minute, 1000 per day" }
  tool_calls: { caller: 300 per minute }
`,
  ".env.example": `# Copy this file to .env and fill it in. Keep .env out of version control.

# From https://platform.openai.com/api-keys
OPENAI_API_KEY=sk-...
${environmentOf(callers)}`,
});
