// What `--help` prints.
import { commands, flags } from "./commands.ts";

const COLUMN = 23;

const line = (indent: number, term: string, doc: string): string =>
  `${" ".repeat(indent)}${term.padEnd(COLUMN - indent)}${doc}`;

const commandLines = Object.entries(commands).flatMap(([name, { takes, doc, options }]) => [
  line(2, takes === undefined ? name : `${name} ${takes}`, doc),
  ...Object.entries(options).map(([option, { value, doc }]) => line(4, `--${option} ${value}`, doc)),
]);

export const help = `Usage: broker users COMMAND [options]
       broker check [FILE] [--json]
       broker init [--yes]
       broker schema
       broker prices [MODEL] [--json]
       broker start | demo | emulator

broker check says whether the service would start with broker.yaml, or FILE, and these settings: all mistakes and warnings
at once. It opens no port and no database, and exits with 1 where there are mistakes.

broker init writes a first broker.yaml and .env.example into this folder; --yes asks nothing. broker start runs the service as
they say; demo runs it for this machine's own user, with OpenAI emulated where there is no key; emulator runs the emulator alone.

broker schema prints the JSON Schema of broker.yaml. Beside that file, as broker.schema.json, it lets editors complete and check it.

broker prices says what models cost by the service's price list and broker.yaml; with MODEL, also its tiers and where the price is from.

broker users: the users of this service and their tokens. These commands work while the service runs.

${commandLines.join("\n")}

${line(2, "--json", flags.json.doc)}
${line(2, "--help, -h", "prints this")}

They read DATABASE_URL, TOKEN_HASH_KEY and broker.yaml (or BROKER_CONFIG) as the service does, and .env beside that file.`;
