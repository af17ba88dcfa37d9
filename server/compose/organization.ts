// OpenAI's own count of the organization, for the command line: of the configuration only what it needs is read.
import { z } from "zod";
import { systemClock, systemTimers } from "../clock.ts";
import { type Environment, type ReadFile, readDocument } from "../config/document.ts";
import { interpolate } from "../config/interpolate.ts";
import { ConfigError, describeIssues } from "../config/problems.ts";
import { parseInput } from "../json/parse-input.ts";
import { isJsonRecord } from "../json/record.ts";
import { clientCertificateSchema } from "../net/client-certificates.ts";
import { openAiOrganization } from "../upstream/organization.openai.ts";
import type { Organization } from "../upstream/organization.ts";
import { readSomeSettings } from "./configuration.ts";
import { openOutgoing } from "./outgoing.ts";

export interface OpenedOrganization {
  organization: Organization;
  /** The projects that upstream keys are configured for, by the key's name. */
  projects: ReadonlyMap<string, string>;
}

const names = [
  ...(["openai_admin_key", "openai_base_url", "openai_project"] as const),
  ...(["https_proxy", "http_proxy", "no_proxy"] as const),
];
const ports = { clock: systemClock, timers: systemTimers, log: { write: () => {} } };

/** At the address that the service has too, and on the same way. Throws `ConfigError`. */
export const openOrganization = async (env: Environment, readFile: ReadFile): Promise<OpenedOrganization> => {
  const { document, path } = readDocument(env, readFile);
  const { client_certificates = [] } = document;
  const { value, problems, unresolved } = interpolate({ client_certificates }, env);
  const read = await readSomeSettings(names, document, env);
  const { openai_admin_key: adminKey } = read.values;
  if (!adminKey && !read.problems.some((problem) => /openai_admin_key/i.test(problem))) {
    problems.push(
      "OPENAI_ADMIN_KEY: is not set; OpenAI tells its usage to admin keys only (organization settings, Admin keys), and the service's own key is none",
    );
  }
  problems.push(...read.problems);
  const certificates = parseInput(
    z.array(clientCertificateSchema),
    isJsonRecord(value) ? value.client_certificates : [],
  );
  if (!certificates.success) problems.push(...describeIssues(certificates.error.issues, unresolved));
  if (!adminKey || problems.length > 0) throw new ConfigError(problems);
  const { openai_base_url: baseUrl, openai_project: project } = read.values;
  const way = { settings: read.values, client_certificates: certificates.data ?? [], file: path };
  const { outgoing, problems: fileProblems } = await openOutgoing(way, ports);
  if (fileProblems.length > 0) throw new ConfigError(fileProblems);
  return {
    organization: openAiOrganization({ adminKey, baseUrl, fetch: outgoing.fetch }),
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
