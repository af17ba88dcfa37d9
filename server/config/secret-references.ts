// References to secrets in broker.yaml and in the environment: where they stand, and the configuration with what they stand for.
import { z } from "zod";
import { parseInput } from "../json/parse-input.ts";
import { isJsonRecord } from "../json/record.ts";
import { Secret } from "../secret.ts";
import { type SecretTraits, secretTraits } from "../secret-schema.ts";
import { type SecretsOptions, secretsSchema } from "../secrets/options.ts";
import { changeSecrets, secretPlacesIn } from "../secrets/places.ts";
import {
  describeReference,
  readSecretText,
  type SecretParts,
  type SecretReference,
} from "../secrets/reference.ts";
import type { FindSecret } from "../secrets/secrets.ts";
import { brokerFileSchema } from "./broker-file.ts";
import { describeIssues, dotted } from "./problems.ts";
import { settingNames, settings } from "./settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What `${NAME}` has been replaced in, and the environment, whose settings decide. */
export interface Texts {
  document: unknown;
  env: Environment;
  /** Places where a variable is missing: what stands there says nothing. */
  broken: ReadonlySet<string>;
}

export interface PlacedReference {
  /** `upstream_keys[0].secret`, or the variable. */
  at: string;
  reference: SecretReference;
}

/**
 * How references are resolved: by what was read; by samples, where only the form of everything else is checked; or not at all,
 * where each is a mistake.
 */
export type SecretSource = FindSecret | "samples" | "none";

export interface Resolved extends Omit<Texts, "broken"> {
  /** One for each reference that is not well-formed, or has no value. */
  problems: string[];
  /** The places of those. */
  unresolved: ReadonlySet<string>;
}

/** `secrets:` of the document; the options are undefined where it has mistakes. */
export const secretsOptionsIn = (
  document: unknown,
): { options: SecretsOptions | undefined; problems: string[] } => {
  const section = isJsonRecord(document) ? document.secrets : undefined;
  const parsed = parseInput(sectionSchema, { secrets: section ?? {} });
  return {
    options: parsed.data?.secrets,
    problems: parsed.success ? [] : describeIssues(parsed.error.issues),
  };
};

const sectionSchema = z.object({ secrets: secretsSchema });

/** Each well-formed reference, in the order of the places. */
export const findReferences = (texts: Texts): PlacedReference[] => {
  const found: PlacedReference[] = [];
  changeTexts(texts, (text, at) => {
    const read = readSecretText(text);
    if ("problem" in read) return text;
    for (const reference of read.parts) if (typeof reference !== "string") found.push({ at, reference });
    return text;
  });
  return found;
};

/** The same texts, with secrets in the place of references. A secret's own text is not looked into again. */
export const resolveReferences = (texts: Texts, source: SecretSource): Resolved => {
  const problems: string[] = [];
  const unresolved = new Set<string>();
  const complain = (at: string, problem: string): void => {
    problems.push(`${at}: ${problem}`);
    unresolved.add(at);
  };
  const resolved = changeTexts(texts, (text, at, traits) => {
    const read = readSecretText(text);
    if ("problem" in read) {
      complain(at, read.problem);
      return text;
    }
    const sample = read.parts.length === 1 ? traits.sample : "0";
    return joined(read.parts, traits, (reference) => {
      if (source === "samples") return sample;
      const name = describeReference(reference);
      const secret = source === "none" ? NOT_READ : source(reference);
      if (secret instanceof Secret) return secret.reveal();
      complain(at, `${name} ${secret.message}`);
      // The configuration is refused; without a text here, it would be said to miss one.
      return sample;
    });
  });
  return { ...resolved, problems, unresolved };
};

const NOT_READ = { message: "is a reference to a secret, which is not read here" };

// What stands around a reference says what it is a part of, such as an address: a secret must not end that part.
const joined = (
  parts: SecretParts,
  { isEncoded }: SecretTraits,
  resolve: (reference: SecretReference) => string,
): string =>
  parts
    .map((part) => {
      if (typeof part === "string") return part;
      const value = resolve(part);
      return isEncoded && parts.length > 1 ? encodeURIComponent(value) : value;
    })
    .join("");

type Change = (text: string, at: string, traits: SecretTraits) => string;

const changeTexts = ({ document, env, broken }: Texts, changeOne: Change): Omit<Texts, "broken"> => {
  const change: Change = (text, at, traits) => (broken.has(at) ? text : changeOne(text, at, traits));
  const inEnvironment = settingNames.flatMap((name): [string, string][] => {
    const { env: variable, schema } = settings[name];
    const [text, traits] = [env[variable], secretTraits(schema)];
    return text && traits ? [[variable, change(text, variable, traits)]] : [];
  });
  // A setting's own row has its schema, and where the environment has it, the file's is not looked at.
  const overridden = inEnvironment.map(([variable]) => variable);
  const inFile = changeSecrets(document, secretPlacesIn(brokerFileSchema), (text, path, traits) =>
    change(text, dotted(path), traits),
  );
  return {
    document: withSettings(inFile, overridden, change),
    env: { ...env, ...Object.fromEntries(inEnvironment) },
  };
};

const withSettings = (document: unknown, overridden: readonly string[], change: Change): unknown => {
  if (!isJsonRecord(document) || !isJsonRecord(document.settings)) return document;
  const section = { ...document.settings };
  for (const name of settingNames) {
    const { env: variable, schema } = settings[name];
    const [text, traits] = [section[name], secretTraits(schema)];
    if (typeof text !== "string" || !traits) continue;
    // It is not used, so nothing of it is read.
    if (overridden.includes(variable)) delete section[name];
    else section[name] = change(text, `settings.${name}`, traits);
  }
  return { ...document, settings: section };
};
