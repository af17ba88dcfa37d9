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
       broker usage [--by WHAT] [--since WHEN] [--until WHEN] [--csv | --json]
       broker usage reconcile [--since DAY] [--until DAY] [--project ID] [--json]
       broker why REQUEST_ID | SESSION_ID [--json]
       broker check [FILE] [--secrets] [--json]
       broker doctor [--only CHECK] [--no-session] [--page ORIGIN] [--url ADDRESS] [--strict] [--json]
       broker init [--yes]
       broker audit verify [--since TIME] [--anchor NUMBER:HASH] [--json]
       broker audit tail [-n COUNT] [--follow] [--json]
       broker audit export [--since TIME] [--until TIME] [--csv]
       broker keys list | check [NAME] | rotate NAME [--json]
       broker sessions list [--ended] [--user NAME] [--json]
       broker sessions end ID… | --user NAME | --all [--json]
       broker secrets key [FILE] | seal [--key-file FILE] | check [--json]
       broker reload [--json]
       broker schema
       broker prices [MODEL] [--json]
       broker start | demo | emulator

broker check says whether the service would start with broker.yaml, or FILE (- is standard input), and these settings:
all mistakes and warnings at once. It opens no port and no database, and exits with 1 where there are mistakes. --secrets also reads the secrets that are references.

broker doctor looks at everything that the service needs, from the network to a whole session at OpenAI, and says what is wrong, why
and what to do. It exits with 1 where there are faults, with --strict for warnings too. Sessions cost less than a cent; --no-session
opens none. --only CHECK runs that one alone, and may be repeated. --page is a page's origin such as https://shop.example.com, for
CORS; --url the service's public address, as callers reach it through what stands in front.

broker init writes a first broker.yaml and .env.example into this folder; --yes asks nothing. broker start runs the service as
they say; demo runs it for this machine's own user, with OpenAI emulated where there is no key; emulator runs the emulator alone.

broker schema prints the JSON Schema of broker.yaml. Beside that file, as broker.schema.json, it lets editors complete and check it.

broker secrets check says of each secret that is a reference, such as file:/run/secrets/openai, whether it can be read, and exits with 1
where one cannot. seal reads a secret from standard input, or asks for it, and prints the text that may stand in broker.yaml instead;
its key is that of --key-file, of SECRETS_KEY or of secrets.key_file. key makes such a key, in FILE or secrets.key.

broker usage shows who used what and what it cost, by user or by WHAT: user, team, model, profile, tool, kind, upstream_key, day
or hour, with commas between. WHEN is such as 24h, 7d (the default), 2026-11-21, 2026-11 or 2026-11-21T14:00:00Z; days are those
of --time-zone, UTC by default. --user, --team, --model, --profile, --tool and --kind show one alone. broker why tells what came
of one request, by the id in its answer's header x-request-id, or x-broker-request-id where it was relayed; or of a supervised voice
session, by its name vs_… or OpenAI's name of the call.

broker usage reconcile lays the books beside what OpenAI counted and charged, by model and day in UTC, and says why they may differ.
DAY is such as 2026-11-01, or 7d (the default) for seven days ago; --until's own day is left out, today is not. It reads
OPENAI_ADMIN_KEY, an admin key of the organization, and exits with 1 where the two differ. --project may be repeated.

broker prices says what models cost by the service's price list and broker.yaml; with MODEL, also its tiers and where the price is from.

broker audit is who did what, as an append-only trail. verify finds entries that were changed, are missing or changed places, and
exits with 1 then; --since TIME leaves out what is older, --anchor NUMBER:HASH holds an anchor of the log against the database.
tail shows the newest 20 entries, or as many as -n says; --follow goes on with those that come. export prints all as JSON lines,
or with --csv, from --since to --until. TIME is such as 24h, 7d, 2026-11-21 or 2026-11-21T14:00:00Z.

broker keys list shows the keys at OpenAI, how old each is and when it is replaced next. check calls OpenAI with each: whether it is
accepted, which models it has, whether it can mint; it exits with 1 where one does not work. rotate has the running service replace a
key now, and ends when the new one is in service. Keys are told apart by their last four characters.

broker sessions list shows the supervised voice sessions that are open: who talks, for how long, and what it costs; with --ended also those
of the last days, and why they ended. end has the replicas end some of them, whichever watches over one, and exits with 1 where some
have not ended in time.

broker reload has every replica that shares the database read its configuration anew, and shows what each has changed or refused; one
that refuses goes on as before, and the command exits with 1. They read it by themselves when broker.yaml changes.

broker users: the users of this service and their tokens. These commands work while the service runs.

${commandLines.join("\n")}

${line(2, "--json", flags.json.doc)}
${line(2, "--help, -h", "prints this")}

They read DATABASE_URL, TOKEN_HASH_KEY and broker.yaml (or BROKER_CONFIG) as the service does, and .env beside that file.`;
