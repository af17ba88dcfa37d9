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
      kept.push(chunk);
      length += chunk.length;
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
  for (const [, body = ""] of [...text.matchAll(/"usage"\s*:\s*(\{(?:[^{}]|\{[^{}]*\})*\})/g)].reverse()) {
    const usage = usageIn(body);
    if (usage) return usage;
  }
  return undefined;
};

const usageIn = (text: string): Usage | undefined => {
  const input = numberIn(text, "(?:prompt|input)_tokens");
  const total = numberIn(text, "total_tokens");
  const inputTokens = input ?? total;
  if (inputTokens === undefined) return undefined;
  return {
    inputTokens,
    outputTokens: numberIn(text, "(?:completion|output)_tokens") ?? 0,
    cachedTokens: numberIn(text, "cached_tokens") ?? 0,
  };
};

const numberIn = (text: string, name: string): number | undefined => {
  const [, digits] = new RegExp(`"${name}"\\s*:\\s*(\\d{1,15})`).exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
};
