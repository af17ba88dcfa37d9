// Builds the OpenAPI 3.1 document from the operations.
import { z } from "zod";
import { type FailureCode, failureKind } from "../../failures/failure.ts";
import type { ToolListing } from "../../tools/toolbox.ts";
import type { Operation } from "../operation.ts";
import { bodyFailures } from "../request/body.ts";
import { isOpenAiAddress } from "../response/openai-error.ts";
import { openAiErrorSchema, problemSchema } from "./response-schemas.ts";

type Json = Record<string, unknown>;
type Described = Operation<never>;

/** What every route may answer, whatever its steps refuse. */
const everywhere: readonly FailureCode[] = [
  ...(["internal", "address-too-long", "headers-too-large", "request-too-slow"] as const),
];

const schemaOf = (schema: z.ZodType): Json => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
};

/** The document; with a caller's tools, each gets a path of its own. `basePath` is where the service stands. */
export const describeApi = (
  operations: readonly Described[],
  tools: readonly ToolListing[] = [],
  basePath = "",
): Json => {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    for (const [key, id] of Object.entries(operation.routes)) {
      const [method = "", route = ""] = key.split(" ");
      const path = openApiPath(route);
      paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(id, method, path, operation) };
    }
  }
  for (const tool of tools) paths[`/${tool.name}`] = toolPath(tool, paths["/{toolName}"]?.post as Json);
  return {
    openapi: "3.1.0",
    info: {
      title: "realtime-key-broker",
      version: "0.1.0",
      summary: "Short-lived OpenAI Realtime keys and tool calls for voice pages.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: basePath || "/" }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: {
          ...{ type: "apiKey", in: "header", name: "api-key" },
          description: "The same token, as Azure's clients send it; under /v1 only.",
        },
      },
      schemas: { Problem: schemaOf(problemSchema), OpenAiError: schemaOf(openAiErrorSchema) },
    },
  };
};

const openApiPath = (route: string): string =>
  route
    .replace("/v1/*", "/v1/{path}")
    .replace("*", "{file}")
    .replaceAll(/:(\w+)/g, "{$1}");

const operationObject = (id: string, method: string, path: string, operation: Described): Json => {
  const pathParameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    description: operation.pathParameters?.[name] ?? "A file name.",
    schema: { type: "string" },
  }));
  const isOpen = !operation.steps.some(({ failures }) => failures.includes("credentials-missing"));
  return {
    operationId: id,
    summary: operation.summary,
    ...(operation.description && { description: operation.description }),
    ...(isOpen ? { security: [] } : isOpenAiAddress(path) && { security: [{ bearer: [] }, { apiKey: [] }] }),
    parameters: [...pathParameters, ...queryParameters(operation, method)],
    ...(!hasNoBody(method) && { requestBody: requestBody(operation) }),
    responses: responses(operation, method, isOpenAiAddress(path)),
  };
};

const hasNoBody = (method: string): boolean => method === "GET" || method === "DELETE";

const anyArguments = { type: "object", additionalProperties: true };

const queryParameters = ({ query, body }: Described, method: string): Json[] => {
  if (body === "any arguments" && method === "GET") {
    return [{ name: "arguments", in: "query", style: "form", explode: true, schema: anyArguments }];
  }
  return Object.entries(query?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = schemaOf(field as z.ZodType);
    return { name, in: "query", required: false, description, schema };
  });
};

const requestBody = ({ body }: Described): Json => ({
  required: false,
  content: {
    [body === "any type" ? "*/*" : "application/json"]: {
      schema: typeof body === "object" ? schemaOf(body) : anyArguments,
    },
  },
});

const responses = (operation: Described, method: string, isOpenAi: boolean): Json => {
  const { status = 200, description, isOpenAis, mayBeNotModified, mayRedirect, others } = operation.answer;
  const content = Object.entries(operation.answer.content).map(([type, schema]) => [
    type,
    { schema: schema === "text" ? textSchema(type) : schemaOf(schema) },
  ]);
  const refusals = Map.groupBy(failuresOf(operation, method), (code) => failureKind(code).status);
  return {
    [status]: { description, ...(content.length > 0 && { content: Object.fromEntries(content) }) },
    ...(status === 101 && { default: { description: "No WebSocket opens." } }),
    ...(isOpenAis && { default: { description: "OpenAI's own answer.", content: { "*/*": {} } } }),
    ...Object.fromEntries(
      Object.entries(others ?? {}).map(([code, words]) => [code, { description: words }]),
    ),
    ...(mayRedirect && { 308: { description: "The address has a slash at its end." } }),
    ...(mayBeNotModified && { 304: { description: "You have it already." } }),
    ...Object.fromEntries([...refusals].map(([status, codes]) => [status, refusal(codes, isOpenAi)])),
  };
};

const failuresOf = ({ steps, failures = [], isProbe }: Described, method: string): FailureCode[] => {
  const counted: FailureCode[] = isProbe ? [] : ["limit-exceeded"];
  const all = [...steps.flatMap((step) => step.failures), ...failures, ...counted, ...everywhere];
  return hasNoBody(method) ? all.filter((code) => !bodyFailures.includes(code as never)) : all;
};

// A tool's answer may be any JSON.
const textSchema = (type: string): Json => (type === "application/json" ? {} : { type: "string" });

const refusal = (codes: readonly FailureCode[], isOpenAi: boolean): Json => ({
  description: [...new Set(codes)].map((code) => `\`${code}\`: ${failureKind(code).title}.`).join(" "),
  content: isOpenAi
    ? { "application/json": { schema: { $ref: "#/components/schemas/OpenAiError" } } }
    : { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

const toolPath = ({ name, description, parameters }: ToolListing, general: Json): Json => {
  const content = { "application/json": { schema: parameters } };
  return {
    post: {
      operationId: `tool_${name}`,
      summary: `Call ${name}`,
      description,
      requestBody: { required: false, content },
      responses: general.responses,
    },
  };
};
