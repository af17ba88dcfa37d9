// What `--help` prints.
import { commands, flags } from "./commands.ts";

const COLUMN = 23;

const line = (indent: number, term: string, doc: string): string =>
  `${" ".repeat(indent)}${term.padEnd(COLUMN - indent)}${doc}`;

const commandLines = Object.entries(commands).flatMap(([name, { takesName, doc, options }]) => [
  line(2, takesName ? `${name} NAME` : name, doc),
  ...Object.entries(options).map(([option, { value, doc }]) => line(4, `--${option} ${value}`, doc)),
]);

export const help = `Usage: broker users COMMAND [options]
       realtime-key-broker init [--yes]   writes broker.yaml and .env.example into this folder; --yes asks nothing
       realtime-key-broker start          runs the service as broker.yaml and the environment say
       realtime-key-broker demo           runs it for this machine's own user, with OpenAI emulated where there is no key
       realtime-key-broker emulator       runs the emulator of OpenAI alone

The users of this service and their tokens. These commands work while the service runs.

${commandLines.join("\n")}

${line(2, "--json", flags.json.doc)}
${line(2, "--help, -h", "prints this")}

It reads DATABASE_URL, TOKEN_HASH_KEY and broker.yaml (or BROKER_CONFIG) as the service does.`;
