// Builds the OpenAPI 3.1 document from the operations.
import { z } from "zod";
import { type FailureCode, failureKind } from "../../failures/failure.ts";
import type { ToolListing } from "../../tools/toolbox.ts";
import { isOpenAiAddress } from "../response/openai-error.ts";
import type { Operation } from "./operation.ts";
import { everywhere, limited, operations } from "./operations.ts";
import { openAiErrorSchema, problemSchema } from "./response-schemas.ts";

type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodType): Json => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
};

/** The document; with a caller's tools, each gets a path of its own. */
export const describeApi = (tools: readonly ToolListing[] = []): Json => {
  const paths: Record<string, Json> = {};
  for (const [key, operation] of Object.entries(operations)) {
    const [method = "", route = ""] = key.split(" ");
    const path = openApiPath(route);
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(method, path, operation) };
  }
  for (const tool of tools) paths[`/${tool.name}`] = toolPath(tool);
  return {
    openapi: "3.1.0",
    info: {
      title: "realtime-key-broker",
      version: "0.1.0",
      summary: "Short-lived OpenAI Realtime keys and tool calls for voice pages.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: { Problem: schemaOf(problemSchema), OpenAiError: schemaOf(openAiErrorSchema) },
    },
  };
};

const openApiPath = (route: string): string =>
  route
    .replace("/v1/*", "/v1/{path}")
    .replace("*", "{file}")
    .replaceAll(/:(\w+)/g, "{$1}");

const operationObject = (method: string, path: string, operation: Operation): Json => {
  const pathParameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    description: operation.pathParameters?.[name] ?? "A file name.",
    schema: { type: "string" },
  }));
  return {
    operationId: operation.id,
    summary: operation.summary,
    ...(operation.description && { description: operation.description }),
    ...(operation.open && { security: [] }),
    parameters: [...pathParameters, ...queryParameters(operation, method)],
    ...(!["GET", "DELETE"].includes(method) && { requestBody: requestBody(operation) }),
    responses: responses(operation, isOpenAiAddress(path)),
  };
};

const anyArguments = { type: "object", additionalProperties: true };

const queryParameters = ({ query, anyArguments: any }: Operation, method: string): Json[] => {
  if (any && method === "GET") {
    return [{ name: "arguments", in: "query", style: "form", explode: true, schema: anyArguments }];
  }
  return Object.entries(query?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = schemaOf(field as z.ZodType);
    return { name, in: "query", required: false, description, schema };
  });
};

const requestBody = ({ body, relays }: Operation): Json => ({
  required: false,
  content: { [relays ? "*/*" : "application/json"]: { schema: body ? schemaOf(body) : anyArguments } },
});

const responses = (operation: Operation, isOpenAi: boolean): Json => {
  const { answer, failures, notModified, relays, unlimited } = operation;
  const content = Object.entries(answer.content).map(([type, schema]) => [
    type,
    { schema: schema === "text" ? textSchema(type) : schemaOf(schema) },
  ]);
  const refusals = Map.groupBy(
    [...failures, ...(unlimited ? [] : limited), ...everywhere],
    (code) => failureKind(code).status,
  );
  return {
    [operation.status ?? 200]: {
      description: answer.description,
      ...(content.length > 0 && { content: Object.fromEntries(content) }),
    },
    ...(operation.status === 101 && { default: { description: "No WebSocket opens." } }),
    ...(relays && { default: { description: "OpenAI's own answer.", content: { "*/*": {} } } }),
    ...(notModified && { 304: { description: "You have it already." } }),
    ...Object.fromEntries([...refusals].map(([status, codes]) => [status, refusal(codes, isOpenAi)])),
  };
};

// A tool's answer may be any JSON.
const textSchema = (type: string): Json => (type === "application/json" ? {} : { type: "string" });

const refusal = (codes: readonly FailureCode[], isOpenAi: boolean): Json => ({
  description: [...new Set(codes)].map((code) => `\`${code}\`: ${failureKind(code).title}.`).join(" "),
  content: isOpenAi
    ? { "application/json": { schema: { $ref: "#/components/schemas/OpenAiError" } } }
    : { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

const toolPath = ({ name, description, parameters }: ToolListing): Json => {
  const { responses: answers } = operationObject(
    "POST",
    "/{toolName}",
    operations["POST /:toolName"] as Operation,
  );
  const content = { "application/json": { schema: parameters } };
  return {
    post: {
      operationId: `tool_${name}`,
      summary: `Call ${name}`,
      description,
      requestBody: { required: false, content },
      responses: answers,
    },
  };
};
