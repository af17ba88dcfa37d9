// OpenAI's own count of the organization, for the command line: the service itself never has an admin key.
import { interpolate } from "../config/interpolate.ts";
import { type Environment, type ReadFile, readDocument, readSettings } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import { parseInput } from "../json/parse-input.ts";
import { isJsonRecord } from "../json/record.ts";
import { keySecretSchema } from "../upstream/keys.ts";
import { openAiOrganization } from "../upstream/organization.openai.ts";
import type { Organization } from "../upstream/organization.ts";

/** At the address that the service has too. Throws `ConfigError`. */
export const openOrganization = (env: Environment, readFile: ReadFile): Organization => {
  const { document } = readDocument(env, readFile);
  const section = isJsonRecord(document.settings) ? document.settings : {};
  const { value, problems, unresolved } = interpolate(
    { settings: { openai_base_url: section.openai_base_url } },
    env,
  );
  const file = isJsonRecord(value) && isJsonRecord(value.settings) ? value.settings : {};
  const read = readSettings(["openai_base_url"], env, file, unresolved);
  const key = parseInput(keySecretSchema, env.OPENAI_ADMIN_KEY);
  if (!key.success) {
    problems.push(
      "OPENAI_ADMIN_KEY: is not set; OpenAI tells its usage to admin keys only (organization settings, Admin keys), and the service's own key is none",
    );
  }
  problems.push(...read.problems);
  if (!key.success || problems.length > 0) throw new ConfigError(problems);
  return openAiOrganization({ adminKey: key.data, baseUrl: read.values.openai_base_url });
};
