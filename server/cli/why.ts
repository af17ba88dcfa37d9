// `broker why`: what came of one request, from the books.
import { parseArgs } from "node:util";
import { storyAnswer } from "../http/response/usage-answers.ts";
import type { Books } from "../ledger/books.ts";
import type { Content } from "../ledger/content.ts";
import { explain } from "../ledger/explain.ts";
import type { UsageRecord } from "../ledger/record.ts";
import { cachedTokens, inputTokens, outputTokens } from "../ledger/usage-report.ts";
import { CommandError, type Terminal } from "./terminal.ts";
import { costText, countText, durationText, harmless } from "./usage-words.ts";

export interface WhyCommand {
  requestId: string;
  json: boolean;
}

/** Reads the words after `why`. Throws a `CommandError` that says what was not understood. */
export const readWhy = (words: readonly string[]): WhyCommand => {
  const misused = (message: string) => new CommandError(`${message} (see broker --help)`, 2);
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { json: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const [requestId, more] = positionals;
    if (requestId === undefined)
      throw misused(
        "a REQUEST_ID is missing; answers have it in x-request-id, relayed ones in x-broker-request-id; or give a session, vs_…",
      );
    if (more !== undefined) throw misused(`one REQUEST_ID is enough, ${more} is one too many`);
    return { requestId, json: values.json };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw misused(error instanceof Error ? (error.message.split(". ", 1)[0] ?? "") : "");
  }
};

/** Prints the story. Throws a `CommandError` where the books do not have the request. */
export const showWhy = async (
  { requestId, json }: WhyCommand,
  { books, terminal }: { books: Pick<Books, "contents" | "find">; terminal: Terminal },
): Promise<void> => {
  const record = await books.find(requestId);
  if (!record) {
    throw new CommandError(
      `the books have no request ${requestId}. It may be less than a second old, or older than single records are kept. A request that was refused before it was known who asked for what is only counted: look for its id in the service's log`,
    );
  }
  const contents = await books.contents(record.requestId);
  if (json) return terminal.print(JSON.stringify(storyAnswer(record, true, contents)));
  const said = contents.flatMap((content) => contentLines(content, terminal));
  terminal.print([...storyLines(record, terminal), ...said].join("\n"));
};

const contentLines = ({ kind, text, isCut }: Content, { bold }: Pick<Terminal, "bold">): string[] => [
  "",
  bold(contentTitles[kind]) + (isCut ? " (too long to keep whole)" : ""),
  ...text.split("\n").map((line) => `  ${harmless(line.replaceAll("\t", "  "))}`),
];

const contentTitles: Record<Content["kind"], string> = {
  prompts: "Prompt",
  answers: "Answer",
  tool_arguments: "Arguments of the tool",
  tool_results: "Result of the tool",
};

const storyLines = (record: UsageRecord, { bold }: Pick<Terminal, "bold">): string[] => {
  const facts = Object.entries(factsOf(record)).flatMap(([name, lines]) =>
    lines.map((line, index) => `  ${(index === 0 ? name : "").padEnd(10)}${harmless(line)}`),
  );
  return [bold(`Request ${record.requestId}`), "", ...facts, "", harmless(explain(record, true))];
};

const when = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium", timeZone: "UTC" });

const factsOf = (record: UsageRecord): Record<string, string[]> => {
  const { story, tags, status, problem, latencyMs } = record;
  return {
    when: [`${when.format(record.at)} UTC`],
    who: [record.caller + (record.team === undefined ? "" : `, of the team ${record.team}`)],
    // A part of a session is of no request.
    what: [...(story.method === "" ? [] : [`${story.method} ${story.route}`]), ...askedOf(record)],
    outcome: [`${status}${problem === undefined ? "" : ` ${problem}`}, after ${durationText(latencyMs)}`],
    limits: story.limits?.length ? [`used up: ${story.limits.join(", ")}`] : [],
    wrong: story.pointers?.length ? [story.pointers.join(", ")] : [],
    attempts: (story.attempts ?? []).map(
      ({ key, outcome, ms }, index) =>
        `${index + 1}. with the key ${key}: ${outcome}, after ${durationText(ms)}`,
    ),
    used: usedOf(record),
    session: story.session === undefined ? [] : [story.session],
    "at OpenAI": story.openAiRequestId === undefined ? [] : [story.openAiRequestId],
    tags: tags.length > 0 ? [tags.join(", ")] : [],
  };
};

const askedOf = ({ kind, profile, rule, tool, model, upstreamKey, cache }: UsageRecord): string[] => {
  const parts = {
    tool,
    profile,
    "relay entry": rule,
    model,
    "key at OpenAI": upstreamKey,
    "response cache": cache,
  };
  const told = Object.entries(parts).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}`],
  );
  const job = {
    mint: "a key",
    "tool-call": "a tool call",
    relay: "a relayed request",
    report: "a page's report",
    session: "the start of a voice session",
    voice: "a part of a voice session",
  };
  return [[job[kind], ...told].join(", ")];
};

const usedOf = (record: UsageRecord): string[] => {
  // Nothing was used, and what a key will use is not known.
  if (record.source === "minted" || record.kind === "tool-call" || record.kind === "session") return [];
  const { quantities, costNanoUsd } = record;
  const spending = { quantities, costNanoUsd, unpriced: 0 };
  const cached = cachedTokens(spending);
  const parts = [
    `${countText(inputTokens(spending))} tokens in${cached > 0 ? ` (${countText(cached)} of them cached)` : ""}`,
    `${countText(outputTokens(spending))} out`,
    ...(quantities.seconds > 0 ? [`${countText(quantities.seconds)} seconds`] : []),
    ...(quantities.images > 0 ? [`${countText(quantities.images)} images`] : []),
  ];
  const trust = record.source === "reported" ? ", as the page told it" : "";
  return [`${parts.join(", ")}; cost ${costText(spending)}${trust}`];
};
