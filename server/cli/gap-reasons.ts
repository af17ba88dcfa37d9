// Why the books and OpenAI may differ, as sentences for the operator. Pure.
import type { ComparedLine, Reconciliation } from "./reconciliation.ts";

/** The likeliest first; none where nothing differs. */
export const likelyReasons = (compared: Reconciliation): string[] => {
  const gaps = compared.lines.filter(({ isEqual }) => !isEqual);
  if (gaps.length === 0) return [];
  return [
    ...voiceReason(gaps, compared.minted),
    ...foreignKeyReason(compared, gaps),
    ...abortedReason(gaps),
    ...priceReasons(gaps),
    ...borderReason(compared, gaps),
    ...surplusReason(gaps),
  ];
};

const isVoice = ({ model }: ComparedLine): boolean => /realtime|live|transcribe|whisper/.test(model);

const more = ({ books, openAi }: ComparedLine): number => openAi.requests - books.requests;

const listed = (lines: readonly ComparedLine[]): string =>
  [...new Set(lines.map(({ model }) => model))].join(", ");

const plural = (count: number, one: string, many: string): string =>
  count === 1 ? `one ${one}` : `${count} ${many}`;

const voiceReason = (gaps: readonly ComparedLine[], minted: number): string[] => {
  const voices = gaps.filter((line) => isVoice(line) && more(line) > 0);
  if (voices.length === 0 || minted === 0) return [];
  const keys = plural(minted, "key for voice was", "keys for voice were");
  return [
    `Voice sessions (${listed(voices)}): ${keys} handed out. Browsers talk to OpenAI directly, so only OpenAI knows what they used.`,
  ];
};

const foreignKeyReason = (compared: Reconciliation, gaps: readonly ComparedLine[]): string[] => {
  const foreign = gaps.filter((line) => !isVoice(line) && more(line) > 0);
  if (foreign.length === 0) return [];
  const requests = foreign.reduce((sum, line) => sum + more(line), 0);
  const count = plural(requests, "request", "requests");
  return [
    `Keys that are used elsewhere, or before the books began: OpenAI counted ${count} more (${listed(foreign)}).${othersIn(compared)}`,
  ];
};

const othersIn = ({ keys, upstreamKeys }: Reconciliation): string => {
  const ours = new Set(upstreamKeys.map(({ project }) => project));
  const others = [...new Set(keys.map(({ project }) => project))].filter((project) => !ours.has(project));
  if (!ours.has(undefined) && others.length > 0) {
    return ` No upstream key is for ${others.join(", ")}: --project with the others leaves them out.`;
  }
  if (keys.length <= upstreamKeys.length) return "";
  const known = plural(upstreamKeys.length, "upstream key", "upstream keys");
  return ` OpenAI counted ${keys.length} keys, the books know ${known}; --project leaves out other projects.`;
};

const abortedReason = (gaps: readonly ComparedLine[]): string[] => {
  const aborted = gaps.filter(({ books }) => books.aborted > 0);
  if (aborted.length === 0) return [];
  const count = plural(
    aborted.reduce((sum, { books }) => sum + books.aborted, 0),
    "answer was",
    "answers were",
  );
  return [
    `Answers that were cut off (${listed(aborted)}): ${count} not read to the end, where OpenAI tells the usage. It bills what the model had written.`,
  ];
};

const priceReasons = (gaps: readonly ComparedLine[]): string[] => {
  const unpriced = gaps.filter(({ books }) => books.unpriced > 0);
  const dearer = gaps.filter(({ books, openAi }) => {
    const sameTokens = books.inputTokens === openAi.inputTokens && books.outputTokens === openAi.outputTokens;
    return sameTokens && books.unpriced === 0 && openAi.inputTokens !== undefined;
  });
  const count = plural(
    unpriced.reduce((sum, { books }) => sum + books.unpriced, 0),
    "answer has",
    "answers have",
  );
  return [
    ...(unpriced.length > 0
      ? [
          `Unknown prices (${listed(unpriced)}): ${count} no cost in the books. Set prices.models in broker.yaml.`,
        ]
      : []),
    ...(dearer.length > 0
      ? [
          `Other prices (${listed(dearer)}): tokens agree and costs do not. OpenAI bills tools such as web search by the call, and your contract may have prices of its own: set prices in broker.yaml.`,
        ]
      : []),
  ];
};

// A request is counted on the day it ends here, and on that of its beginning there.
const borderReason = ({ lines }: Reconciliation, gaps: readonly ComparedLine[]): string[] => {
  const shifted = [...new Set(gaps.map(({ model }) => model))].filter((model) => {
    const differences = lines.filter((line) => line.model === model).map(more);
    return differences.some((each) => each !== 0) && differences.reduce((sum, each) => sum + each, 0) === 0;
  });
  if (shifted.length === 0) return [];
  return [
    `Midnight (${shifted.join(", ")}): the days agree together. The books count a request when it ends, OpenAI when it began.`,
  ];
};

const surplusReason = (gaps: readonly ComparedLine[]): string[] => {
  const fewer = gaps.filter((line) => more(line) < 0);
  if (fewer.length === 0) return [];
  return [
    `Not counted there (${listed(fewer)}): OpenAI's count may be some minutes late, and holds neither other servers nor other organizations that an upstream key belongs to.`,
  ];
};
