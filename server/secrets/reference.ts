// References to secrets, such as `file:/run/secrets/openai`: how they are written, and what is wrong with one. Pure.
import { nearestName } from "../names.ts";

/** The stores, by the word before the colon. `text` is none: what follows it is the secret itself. */
export const storeNames = ["env", "file", "vault", "aws-sm", "sealed"] as const;
export type StoreName = (typeof storeNames)[number];

export interface SecretReference {
  store: StoreName;
  /** Where in the store: a variable, a file, a path, a name; for `sealed` the sealed text. */
  place: string;
  /** Which part of what stands there; undefined for all of it. */
  field: string | undefined;
}

/** What is read at once: its fields come from one reading. */
export type SecretPlace = Pick<SecretReference, "place" | "store">;

export const placeKey = ({ store, place }: SecretPlace): string => `${store}:${place}`;

/** A secret's text in the configuration, taken apart: what stands there itself, and what stores have. */
export type SecretParts = readonly (string | SecretReference)[];

export type ReadSecretText = { parts: SecretParts } | { problem: string };

const EMBEDDED = /\$(\$?)\{([A-Za-z][A-Za-z-]*:[^{}]*)\}/g;

/**
 * Takes a secret's text apart: it is one reference as a whole, or has references such as `${vault:kv/broker#key}` in it, or none.
 * `$${vault:…}` is the text itself.
 */
export const readSecretText = (text: string): ReadSecretText => {
  const whole = readReference(text);
  if (whole) return "problem" in whole ? whole : { parts: [whole.found] };
  const parts: (string | SecretReference)[] = [];
  let end = 0;
  for (const match of text.matchAll(EMBEDDED)) {
    const [all, escaped = "", inner = ""] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + all.length;
    const read = escaped ? { found: `\${${inner}}` } : (readReference(inner) ?? unknownStore(inner));
    if ("problem" in read) return read;
    parts.push(read.found);
  }
  return { parts: [...parts, text.slice(end)].filter((part) => part !== "") };
};

type Read = { found: string | SecretReference } | { problem: string };

/** Undefined for a text that does not begin with a store's name, or one that is nearly such. */
const readReference = (text: string): Read | undefined => {
  const [, word = "", rest = ""] = /^([A-Za-z][A-Za-z_-]{0,15}):(.*)$/s.exec(text) ?? [];
  if (word === "text") return { found: rest };
  const store = storeNames.find((name) => name === word);
  if (store) return readPlace(store, rest);
  return word !== "" && nearestStore(word) !== undefined ? unknownStore(text) : undefined;
};

// Letters that changed places count as two changes, which is too far for short names.
const nearestStore = (word: string): string | undefined =>
  nearestName(word, storeNames) ?? storeNames.find((name) => sorted(name) === sorted(word));

const sorted = (word: string): string => [...word].sort().join("");

const unknownStore = (text: string): { problem: string } => {
  const word = text.split(":", 1)[0] ?? "";
  const near = nearestStore(word);
  const known = `references begin with ${storeNames.map((name) => `${name}:`).join(", ")}`;
  return {
    problem: `there is no store of secrets called ${word}${near ? `; did you mean ${near}:?` : ""} (${known}; text:${word}:… is the text itself)`,
  };
};

const readPlace = (store: StoreName, rest: string): Read => {
  if (rest === "") return { problem: `${store}: names nothing; ${forms[store]}` };
  // A line break or a control character comes of a text that was pasted, and would break a message.
  if (/\p{Cc}/u.test(rest)) return { problem: `${store}: has a line break or control character in it` };
  return readers[store](rest);
};

const forms: Readonly<Record<StoreName, string>> = {
  env: "it must be env:NAME, with a variable's name",
  file: "it must be file:PATH, such as file:/run/secrets/openai",
  vault: "it must be vault:MOUNT/PATH#FIELD, such as vault:secret/broker#openai_key",
  "aws-sm": "it must be aws-sm:NAME or aws-sm:NAME#FIELD, such as aws-sm:prod/broker#openai_key",
  sealed: "it must be what `npx broker secrets seal` prints",
};

const malformed = (store: StoreName): { problem: string } => ({
  problem: `is no reference; ${forms[store]}`,
});

const found = (store: StoreName, place: string, field?: string): Read => ({ found: { store, place, field } });

const readers: Readonly<Record<StoreName, (rest: string) => Read>> = {
  env: (rest) => (/^[A-Za-z_]\w*$/.test(rest) ? found("env", rest) : malformed("env")),
  file: (rest) => found("file", rest),
  vault: (rest) => {
    const [, path, field] = /^([^/#?%\s][^#?%\s]*\/[^#?%\s]*[^/#?%\s])#([^#]+)$/.exec(rest) ?? [];
    // `..` would be another path by the time Vault gets it.
    const isPath = path?.split("/").every((part) => part !== "" && part !== "." && part !== "..");
    return path !== undefined && field !== undefined && isPath
      ? found("vault", path, field)
      : malformed("vault");
  },
  "aws-sm": (rest) => {
    const [, name, field] = /^([\w/+=.@:!-]{1,2048})(?:#([^#]+))?$/.exec(rest) ?? [];
    return name === undefined ? malformed("aws-sm") : found("aws-sm", name, field);
  },
  sealed: (rest) =>
    /^[\w-]+\.\.[\w-]+\.[\w-]*\.[\w-]+$/.test(rest) ? found("sealed", rest) : malformed("sealed"),
};

/** As it is written in the configuration. A sealed text says nothing, and is long. */
export const describeReference = ({ store, place, field }: SecretReference): string =>
  store === "sealed" ? "sealed:…" : `${store}:${place}${field === undefined ? "" : `#${field}`}`;
