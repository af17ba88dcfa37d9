// Makes HTTP tools of operations that an OpenAPI description has.
import { faultsOf } from "../../json/input-errors.ts";
import { parseInput } from "../../json/parse-input.ts";
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";
import { type HttpToolConfig, httpToolSchema } from "../http-tool.ts";
import { resolveReference, SchemaConverter } from "./schemas.ts";
import type { OpenApiSource } from "./source.ts";

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
const MAX_DESCRIPTION = 1024;

export interface OpenApiTools {
  tools: { name: string; config: HttpToolConfig }[];
  /** What cannot be made a tool, each with its operation. */
  problems: string[];
}

interface Found {
  method: string;
  path: string;
  item: JsonRecord;
  operation: JsonRecord;
}

/** The tools, by the operations' names. `address` is where the description came from, for servers relative to it. */
export const openApiTools = (document: JsonRecord, source: OpenApiSource, address: string): OpenApiTools => {
  const found = operationsIn(document);
  const result: OpenApiTools = { tools: [], problems: [] };
  for (const id of new Set(source.operations)) {
    try {
      const operation = found.get(id);
      if (!operation) throw new Error(`there is no such operation; there are ${namesOf(found)}`);
      // OpenAI takes no other characters in a function's name.
      const name = id.replaceAll(/[^\w-]/g, "_");
      result.tools.push({ name, config: toolOf(document, source, address, id, operation) });
    } catch (error) {
      result.problems.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return result;
};

const namesOf = (found: ReadonlyMap<string, Found>): string => {
  const names = [...found.keys()];
  const more = names.length > 20 ? ` and ${names.length - 20} more` : "";
  return names.length === 0 ? "none with an operationId" : names.slice(0, 20).join(", ") + more;
};

const operationsIn = (document: JsonRecord): Map<string, Found> => {
  const found = new Map<string, Found>();
  for (const [path, item] of Object.entries(isJsonRecord(document.paths) ? document.paths : {})) {
    if (!isJsonRecord(item)) continue;
    for (const method of METHODS) {
      const operation = item[method];
      if (isJsonRecord(operation) && typeof operation.operationId === "string")
        found.set(operation.operationId, { method, path, item, operation });
    }
  }
  return found;
};

const toolOf = (
  document: JsonRecord,
  source: OpenApiSource,
  address: string,
  id: string,
  { method, path, item, operation }: Found,
): HttpToolConfig => {
  const converter = new SchemaConverter(document);
  const properties: Record<string, JsonRecord> = {};
  const required: string[] = [];
  const add = (name: string, schema: JsonRecord, isRequired: boolean): void => {
    if (Object.hasOwn(properties, name)) throw new Error(`has two arguments called ${name}`);
    properties[name] = schema;
    if (isRequired) required.push(name);
  };
  const query: Record<string, string> = {};
  for (const parameter of parametersOf(document, item, operation)) {
    const { name, description } = parameter;
    if (typeof name !== "string") continue;
    const isRequired = parameter.required === true || parameter.in === "path";
    if (parameter.in !== "path" && parameter.in !== "query") {
      const isFixed = parameter.in === "header" && Object.keys(source.headers).some((set) => same(set, name));
      if (isRequired && !isFixed)
        throw new Error(`needs the ${String(parameter.in)} ${name}; set it under headers`);
      continue;
    }
    const argument = argumentName(name);
    if (parameter.in === "query") query[name] = `{${argument}}`;
    const schema = converter.convert(parameter.schema);
    add(argument, typeof description === "string" ? { description, ...schema } : schema, isRequired);
  }
  const body = bodyOf(document, operation);
  if (body) add("body", converter.convert(body.schema), body.isRequired);
  const definitions = converter.definitions;
  const url = addressOf(
    baseUrl(document, source, address),
    path.replaceAll(/\{([^{}]*)\}/g, (_, name) => `{${argumentName(name)}}`),
  );
  const parsed = parseInput(httpToolSchema, {
    description: describe(operation, id),
    parameters: {
      ...{ type: "object", properties, required },
      ...(Object.keys(definitions).length > 0 && { $defs: definitions }),
    },
    request: {
      method: method.toUpperCase(),
      url,
      query,
      ...(body && { body: "{body}" }),
    },
    timeout_ms: source.timeout_ms,
    max_answer_bytes: source.max_answer_bytes,
  });
  if (!parsed.success) {
    const faults = faultsOf(parsed.error.issues).map(
      (fault) => `${fault.path.join(".")} ${fault.kind === "wrong" ? fault.detail : "is no field"}`,
    );
    throw new Error(faults.join("; "));
  }
  return { ...parsed.data, request: { ...parsed.data.request, headers: source.headers } };
};

/** `filter[max]` is called filter_max: placeholders and functions of OpenAI take no other characters. */
const argumentName = (name: string): string => name.replaceAll(/[^\w-]+/g, "_").replace(/(?<=.)_$/, "");

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const plain = (document: JsonRecord, part: JsonRecord): JsonRecord =>
  typeof part.$ref === "string" ? resolveReference(document, part.$ref) : part;

/** Those of the path, unless the operation has its own of that name and place. */
const parametersOf = (document: JsonRecord, item: JsonRecord, operation: JsonRecord): JsonRecord[] => {
  const all = [item.parameters ?? [], operation.parameters ?? []].flat().filter(isJsonRecord);
  const resolved = all.map((parameter) => plain(document, parameter));
  return [...new Map(resolved.map((parameter) => [`${parameter.in} ${parameter.name}`, parameter])).values()];
};

const bodyOf = (
  document: JsonRecord,
  operation: JsonRecord,
): { schema: unknown; isRequired: boolean } | undefined => {
  if (!isJsonRecord(operation.requestBody)) return undefined;
  const { content, required } = plain(document, operation.requestBody);
  const types = isJsonRecord(content) ? Object.entries(content) : [];
  const json = types.find(([type]) => /^application\/(?:[\w.-]+\+)?json\b/i.test(type))?.[1];
  if (isJsonRecord(json)) return { schema: json.schema, isRequired: required === true };
  if (required === true) throw new Error(`takes no JSON, but ${types.map(([type]) => type).join(", ")}`);
  return undefined;
};

const describe = ({ summary, description }: JsonRecord, id: string): string => {
  const words = [summary, description].filter((text) => typeof text === "string" && text !== "");
  return (words.length > 0 ? words.join("\n") : id).slice(0, MAX_DESCRIPTION);
};

/** Throws for a path that leads elsewhere: `.example.com` would make another host of the base, and `..` climbs above it. */
const addressOf = (base: string, path: string): string => {
  const root = `${new URL(base).href.replace(/\/+$/, "")}/`;
  if (!path.startsWith("/") || !new URL(base + path).href.startsWith(root))
    throw new Error(`its path ${path} leads out of ${base}`);
  return base + path;
};

const baseUrl = (document: JsonRecord, source: OpenApiSource, address: string): string => {
  if (source.base_url !== undefined) return source.base_url.replace(/\/+$/, "");
  const [server] = [document.servers ?? []].flat().filter(isJsonRecord);
  const variables = isJsonRecord(server?.variables) ? server.variables : {};
  const filled = String(server?.url ?? "/").replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return isJsonRecord(variable) ? String(variable.default ?? "") : "";
  });
  const url = URL.parse(filled, URL.canParse(address) ? address : undefined);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error("the description names no server; set base_url");
  // Else a changed description could choose who gets the operator's credentials, or reach into the operator's network.
  if (/^https?:/.test(address) && new URL(address).origin !== url.origin) {
    const server = `the description's server is ${url.origin}, another host than its own`;
    throw new Error(`${server}; set base_url to call it`);
  }
  return url.href.replace(/\/+$/, "");
};
