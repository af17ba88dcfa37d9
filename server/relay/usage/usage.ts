// Reads what an answer says it used, from its last bytes as they flow by: `usage` comes after what was said.
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  /** Of the input, what OpenAI had read before. */
  cachedTokens: number;
}

export interface UsageTap {
  add(chunk: Uint8Array): void;
  /** What the last `usage` object says; undefined where none came. */
  read(): Usage | undefined;
}

/** What may follow the usage: the end of the object, metadata of the caller's. */
const KEPT_BYTES = 16 * 1024;

/** For JSON and for event streams alike. */
export const usageTap = (): UsageTap => {
  let kept: Uint8Array[] = [];
  let length = 0;
  return {
    add: (chunk) => {
      // A kept answer comes in one piece.
      const end = chunk.subarray(-KEPT_BYTES);
      kept.push(end);
      length += end.length;
      while (length - (kept[0]?.length ?? 0) >= KEPT_BYTES) length -= kept.shift()?.length ?? 0;
    },
    read: () => {
      const usage = lastUsage(Buffer.concat(kept).toString("latin1"));
      kept = [];
      return usage;
    },
  };
};

// Inside a string the quotes would be escaped, so what is found is a field.
const lastUsage = (text: string): Usage | undefined => {
  for (let at = text.lastIndexOf(FIELD); at !== -1; at = at === 0 ? -1 : text.lastIndexOf(FIELD, at - 1)) {
    const [, body = ""] = OBJECT.exec(text.slice(at + FIELD.length)) ?? [];
    const usage = usageIn(body);
    if (usage) return usage;
  }
  return undefined;
};

const FIELD = '"usage"';
/** With objects inside, of which none has another. */
const OBJECT = /^\s*:\s*(\{(?:[^{}]|\{[^{}]*\})*\})/;

const usageIn = (text: string): Usage | undefined => {
  if (text === "") return undefined;
  const inputTokens = numberIn(text, input) ?? numberIn(text, total);
  if (inputTokens === undefined) return undefined;
  return {
    inputTokens,
    outputTokens: numberIn(text, output) ?? 0,
    cachedTokens: numberIn(text, cached) ?? 0,
  };
};

const field = (name: string): RegExp => new RegExp(`"${name}"\\s*:\\s*(\\d{1,15})`);
const input = field("(?:prompt|input)_tokens");
const output = field("(?:completion|output)_tokens");
const cached = field("cached_tokens");
const total = field("total_tokens");

const numberIn = (text: string, name: RegExp): number | undefined => {
  const [, digits] = name.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
};
