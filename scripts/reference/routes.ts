// The page of the routes, from the description of the API.
import { slugOf } from "../../docs/.vitepress/slug.ts";
import { operations } from "../../server/app.ts";
import { describeApi } from "../../server/http/openapi/document.ts";
import { code, page, plain, table } from "./markdown.ts";

interface Operation {
  summary: string;
  description?: string;
  security?: readonly unknown[];
  parameters?: readonly { name: string; in: string; required?: boolean; description?: string }[];
  responses: Record<string, { description?: string; $ref?: string }>;
}

export const routesPage = (): string => {
  const paths = describeApi(operations).paths as Record<string, Record<string, Operation>>;
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path}`,
      ...operation,
    })),
  );
  return page(
    "Routes",
    `The same as OpenAPI: [openapi.yaml](../../openapi.yaml), and \`GET /openapi.json\` of a running service, with the tools of the caller
who asks. A tool is called at \`/<toolName>\`. Errors are explained on [a page of their own](errors.md).`,
    table(
      ["Route", "What it is for", "Credentials"],
      all.map(({ route, summary, security }) => [
        `[${code(route)}](#${slugOf(route)})`,
        plain(summary),
        security?.length === 0 ? "none" : "needed",
      ]),
    ),
    ...all.flatMap(({ route, summary, description, parameters = [], responses }) => [
      `## ${code(route)}`,
      plain(`${summary}. ${description ?? ""}`).trim(),
      parameters.length === 0 ? "" : parameterTable(parameters),
      table(
        ["Status", "Answer"],
        Object.entries(responses).map(([status, answer]) => [
          status,
          linked(plain(answer.description ?? "")),
        ]),
      ),
    ]),
  );
};

const parameterTable = (parameters: NonNullable<Operation["parameters"]>): string =>
  table(
    ["Parameter", "In", "What it is"],
    parameters.map(({ name, in: place, required, description = "" }) => [
      code(name),
      required ? `${place}, required` : place,
      plain(description),
    ]),
  );

// A code of the catalogue stands before its title.
const linked = (text: string): string => text.replaceAll(/`([a-z-]+)`: /g, "[`$1`](errors.md#$1): ");
