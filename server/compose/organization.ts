// OpenAI's own count of the organization, for the command line: the service itself never has an admin key.

import { type Environment, type ReadFile, readDocument } from "../config/document.ts";
import { interpolate } from "../config/interpolate.ts";
import { readSettings } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import { parseInput } from "../json/parse-input.ts";
import { isJsonRecord } from "../json/record.ts";
import { keySecretSchema } from "../upstream/keys.ts";
import { openAiOrganization } from "../upstream/organization.openai.ts";
import type { Organization } from "../upstream/organization.ts";

export interface OpenedOrganization {
  organization: Organization;
  /** The projects that upstream keys are configured for, by the key's name. */
  projects: ReadonlyMap<string, string>;
}

const names = ["openai_base_url", "openai_project"] as const;

/** At the address that the service has too. Throws `ConfigError`. */
export const openOrganization = (env: Environment, readFile: ReadFile): OpenedOrganization => {
  const { document } = readDocument(env, readFile);
  const section = isJsonRecord(document.settings) ? document.settings : {};
  const asked = Object.fromEntries(names.map((name) => [name, section[name]]));
  const { value, problems, unresolved } = interpolate({ settings: asked }, env);
  const file = isJsonRecord(value) && isJsonRecord(value.settings) ? value.settings : {};
  const read = readSettings(names, env, file, unresolved);
  const key = parseInput(keySecretSchema, env.OPENAI_ADMIN_KEY);
  if (!key.success) {
    problems.push(
      "OPENAI_ADMIN_KEY: is not set; OpenAI tells its usage to admin keys only (organization settings, Admin keys), and the service's own key is none",
    );
  }
  problems.push(...read.problems);
  if (!key.success || problems.length > 0) throw new ConfigError(problems);
  const { openai_base_url: baseUrl, openai_project: project } = read.values;
  return {
    organization: openAiOrganization({ adminKey: key.data, baseUrl }),
    projects: new Map([...(project ? [["default", project] as const] : []), ...projectsOf(document, env)]),
  };
};

// Their secrets need not be known here.
const projectsOf = ({ upstream_keys: keys }: Record<string, unknown>, env: Environment): [string, string][] =>
  (Array.isArray(keys) ? keys : []).filter(isJsonRecord).flatMap(({ name, project }) => {
    const { value, problems } = interpolate({ name, project }, env);
    const read = isJsonRecord(value) && problems.length === 0 ? value : {};
    return typeof read.name === "string" && typeof read.project === "string"
      ? [[read.name, read.project]]
      : [];
  });
