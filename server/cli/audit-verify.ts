// `broker audit verify`: tells whether the trail is whole, and where it is not.
import type { Finding } from "../audit/chain-check.ts";
import { type Verified, verifyTrail } from "../audit/verify.ts";
import type { AuditCommand } from "./audit-arguments.ts";
import type { AuditPorts } from "./audit-ports.ts";

/** Findings that are told in words; a trail that was written anew has one for each entry. */
const MAX_TOLD = 100;

/** Resolves to the exit code: 1 where something was found. */
export const verifyAudit = async (
  { since, anchor, json }: Extract<AuditCommand, { do: "verify" }>,
  { audit, database, hasOwnKey, terminal }: AuditPorts,
): Promise<0 | 1> => {
  const { store, sealer } = audit;
  let found = 0;
  let unsealed = 0;
  const onFinding = (finding: Finding): void => {
    found += 1;
    if (finding.kind === "unsealed") unsealed += 1;
    if (json) terminal.print(JSON.stringify({ finding: described(finding) }));
    else if (found <= MAX_TOLD) terminal.complain(`- ${inWords(finding)}`);
  };
  const verified = await verifyTrail({ store, sealer, onFinding }, { since, anchor });
  if (json) {
    const { newestAnchor: newest, ...counts } = verified;
    const last = newest && { number: newest.number, hash: newest.hash, at: moment(newest.at) };
    terminal.print(
      JSON.stringify({ ok: found === 0, findings: found, ...snakeCase(counts), newest_anchor: last ?? null }),
    );
    return found === 0 ? 0 : 1;
  }
  if (found > MAX_TOLD) terminal.complain(`- and ${found - MAX_TOLD} more`);
  const read = `${counted(verified.entries, "entry", "entries")} of ${counted(verified.chains, "chain", "chains")} in ${database}`;
  if (found > 0) {
    const outcome =
      found > unsealed ? "The audit trail is NOT whole" : "The audit trail cannot be vouched for";
    terminal.complain(`${outcome}: ${counted(found, "finding", "findings")} in ${read}.`);
    return 1;
  }
  terminal.print([`The audit trail is whole: ${read}.`, ...notes(verified, hasOwnKey)].join("\n"));
  return 0;
};

const notes = ({ newestAnchor, openChains, lost, firstAt }: Verified, hasOwnKey: boolean): string[] => [
  ...(firstAt === undefined ? [] : [`The oldest is of ${moment(firstAt)}.`]),
  ...(newestAnchor
    ? [
        `The newest anchor is number ${newestAnchor.number} of ${moment(newestAnchor.at)}; the log's line audit-anchor must have the same hash:`,
        `  ${newestAnchor.hash}`,
      ]
    : []),
  ...(openChains > 0
    ? [
        `${counted(openChains, "start", "starts")} of the service without a stop: it was killed, or still runs.`,
      ]
    : []),
  ...(lost > 0
    ? [
        `${counted(lost, "entry was", "entries were")} lost while the database was away, as the trail itself says.`,
      ]
    : []),
  ...(hasOwnKey
    ? []
    : [
        "TOKEN_HASH_KEY is not set, so the key of the seals is in the same database: those who can write there can also seal.",
      ]),
];

const inWords = ({ chain, number, at, action, wrong }: Finding): string => {
  const what = at === undefined ? "" : ` (${action}, ${moment(at)})`;
  return `chain ${chain}, entry ${number}${what} ${wrong}`;
};

const described = ({ chain, number, at, action, kind, wrong }: Finding) => ({
  ...{ kind, chain, number },
  at: at === undefined ? null : moment(at),
  action: action ?? null,
  wrong,
});

const snakeCase = ({
  entries,
  chains,
  anchors,
  openChains,
  lost,
  firstAt,
}: Omit<Verified, "newestAnchor">) => ({
  ...{ entries, chains, anchors, open_chains: openChains, lost },
  oldest_at: firstAt === undefined ? null : moment(firstAt),
});

const moment = (at: number): string => new Date(at).toISOString();

const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
