// Voices and models in broker.yaml that OpenAI has not. It reads the parsed file as it is, so that they are told together with the
// mistakes that keep the file from being understood.
import { isJsonRecord } from "../json/record.ts";
import { findUnknownNames } from "../profiles/openai-names.ts";
import { OPENAI_URL } from "../upstream/keys.ts";
import type { Settings } from "./settings.ts";

type Named = Partial<Pick<Settings, "new_openai_names" | "openai_api_key" | "openai_base_url">>;

/** Whether all keys are OpenAI's own: another server has the names that it has. */
export const isAtOpenAi = (file: unknown, { openai_api_key: key, openai_base_url: url }: Named): boolean => {
  const keys = isJsonRecord(file) && Array.isArray(file.upstream_keys) ? file.upstream_keys : [];
  const urls = keys.map((each: unknown) => (isJsonRecord(each) ? (each.base_url ?? OPENAI_URL) : undefined));
  return [...(key ? [url] : []), ...urls].every(
    (each) => typeof each === "string" && /^https:\/\/(?:[a-z]+\.)?api\.openai\.com\//.test(each),
  );
};

export const findOpenAiNameProblems = (file: unknown, settings: Named): string[] => {
  const profiles = isJsonRecord(file) && isJsonRecord(file.profiles) ? Object.entries(file.profiles) : [];
  if (!isAtOpenAi(file, settings)) return [];
  return profiles.flatMap(([name, profile]) =>
    findUnknownNames(
      isJsonRecord(profile) ? profile.session : undefined,
      settings.new_openai_names ?? [],
    ).map((problem) => `profiles.${name}.${problem}`),
  );
};
