// Entries of the audit trail as text: a line for people, JSON lines, CSV.
import { type Body, type Link, readBody } from "../audit/chain.ts";
import { isJsonRecord } from "../json/record.ts";

/** One line for people: when, and in words what was done, by whom and to whom. */
export const lineOf = (link: Link): string => {
  const body = readBody(link.body);
  const when = new Date(link.at).toISOString().slice(0, 19);
  const what = body
    ? `${sentenceOf(body)}${detailsOf(body)}`
    : `an entry that cannot be read: ${link.action}`;
  return printable(`${when}Z  ${what}`);
};

const sentenceOf = ({ action, actor, target = "?", details }: Body): string => {
  switch (action) {
    case "service-started":
      return `the service started on ${textOf(details.host)}`;
    case "service-stopped":
      return "the service stopped";
    case "configuration-loaded":
      return "the configuration was loaded";
    case "configuration-refused":
      return "the configuration was refused";
    case "key-minted":
      return `${actor} got a key for ${target}`;
    case "call-started":
      return `${actor} started a call with ${target}`;
    case "ticket-issued":
      return `${actor} got a ticket for ${target}`;
    case "session-started":
      return `${actor} started a voice session with ${target}`;
    case "session-end-requested":
      return `${actor} ended ${target}`;
    case "request-refused":
      return `${actor} was refused: ${textOf(details.problem)}${target === "?" ? "" : ` (${target})`}`;
    case "budget-reached":
      return `${target} reached ${textOf(details.percent)} % of the budget ${textOf(details.budget)}`;
    case "user-added":
      return `${actor} added ${target}`;
    case "user-changed":
      return `${actor} changed ${target}`;
    case "user-disabled":
      return `${actor} disabled ${target}`;
    case "user-enabled":
      return `${actor} enabled ${target}`;
    case "user-removed":
      return `${actor} removed ${target}`;
    case "token-rotated":
      return `${actor} made a new token for ${target}`;
    case "upstream-key-rotation":
      return details.requested === true
        ? `${actor} asked to replace ${target}`
        : `${target} is being replaced`;
    case "entries-lost":
      return `${textOf(details.entries)} entries were lost, as the database was away for too long`;
    case "entries-expired":
      return `entries before ${textOf(details.before)} were deleted, as their time was over`;
    case "anchor":
      return "an anchor was set";
    default:
      return `${actor}: ${action} ${target}`;
  }
};

// Told in the sentence, or of no use to a reader.
const untold = new Set(["problem", "percent", "budget", "entries", "before", "parts", "host", "requested"]);

const detailsOf = ({ details }: Body): string => {
  const told = Object.entries(details)
    .filter(([name]) => !untold.has(name))
    .map(([name, value]) => [name, name === "chains" ? countOf(value) : textOf(value)])
    .filter(([, text]) => text !== "");
  return told.length === 0 ? "" : `  ${told.map(([name, text]) => `${name}=${text}`).join(" ")}`;
};

const countOf = (value: unknown): string => String(Array.isArray(value) ? value.length : 0);

/** Empty for what says nothing. Digests are shortened. */
const textOf = (value: unknown): string => {
  if (typeof value === "string")
    return /^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 12)}…` : quoted(value);
  if (Array.isArray(value)) return value.map(textOf).join(",");
  if (!isJsonRecord(value)) return value === null || value === undefined ? "" : String(value);
  const fields = Object.entries(value).map(([name, each]) => `${quoted(name)}: ${textOf(each)}`);
  return fields.length === 0 ? "" : `{ ${fields.join(", ")} }`;
};

const quoted = (text: string): string => (/[\s",=]/.test(text) ? JSON.stringify(text) : text);

// What callers chose, such as an identity provider's names, must not steer a terminal.
const printable = (text: string): string =>
  text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);

/** One JSON object. `entry` is exactly the text of which `hash` is the SHA-256, where it is an entry. */
export const jsonOf = ({ chain, number, body, hash, seal }: Link): string => {
  const entry = readBody(body) ? body.replaceAll("\n", " ") : JSON.stringify(body);
  return `{"chain":${JSON.stringify(chain)},"number":${number},"hash":${JSON.stringify(hash)},"seal":${JSON.stringify(seal)},"entry":${entry}}`;
};

export const csvHeading = "at,action,actor,target,details,chain,number,hash";

export const csvOf = ({ chain, number, at, action, body, hash }: Link): string => {
  const { actor = "", target = "", details = {} } = readBody(body) ?? {};
  const cells = [
    new Date(at).toISOString(),
    action,
    actor,
    target,
    isJsonRecord(details) ? JSON.stringify(details) : "",
  ];
  return [...cells, chain, String(number), hash].map(cellOf).join(",");
};

// A cell that begins like a formula would be run by a spreadsheet.
const cellOf = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
