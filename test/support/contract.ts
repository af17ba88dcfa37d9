// Holds an answer of the service against the published contract, openapi.yaml.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "vitest";
import { parse } from "yaml";

type Json = Record<string, unknown>;
interface Media {
  schema?: Json;
}
interface OperationObject {
  responses: Record<string, { content?: Record<string, Media> }>;
}
interface Document {
  paths: Record<string, Record<string, OperationObject>>;
}

/** The contract as published. */
export const contract: Document = parse(readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8"));

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema({ $id: "contract", ...contract });

const asPointer = (parts: string[]): string =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("");

/** The path of the contract that a request's path falls under; literal ones first. */
const findPath = (path: string): string | undefined => {
  const paths = Object.keys(contract.paths);
  const pattern = (candidate: string) =>
    new RegExp(`^${candidate.replace("{path}", ".+").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
  return paths.includes(path) ? path : paths.find((candidate) => pattern(candidate).test(path));
};

/** Fails the test when the contract does not know this status, media type or body. */
export const checkAgainstContract = async (
  method: string,
  target: string,
  response: Response,
): Promise<void> => {
  const { pathname } = new URL(target, "http://broker");
  const path = findPath(pathname);
  const operation = path === undefined ? undefined : contract.paths[path]?.[method.toLowerCase()];
  if (response.status === 404 && (await response.clone().text()).includes('"version-missing"')) {
    return validate("contract#/components/schemas/OpenAiError", await response.json());
  }
  // What OpenAI answers is OpenAI's; what this service says under /v1 has its shape all the same.
  const documented = operation?.responses[String(response.status)] ?? operation?.responses.default;
  // An unknown address or method is in no path of the contract; its refusal still has the common shape.
  if (path === undefined || operation === undefined) return checkUnknown(pathname, response);
  expect(documented, `${method} ${path} may answer ${response.status}`).toBeDefined();
  if (!documented?.content || "*/*" in documented.content) return;
  const type = response.headers.get("content-type")?.split(";", 1)[0] ?? "";
  expect(Object.keys(documented.content), `${method} ${path} ${response.status}`).toContain(type);
  if (!type.endsWith("json")) return;
  const parts = [
    "paths",
    path,
    method.toLowerCase(),
    "responses",
    String(response.status),
    "content",
    type,
    "schema",
  ];
  validate(`contract#${asPointer(parts)}`, await response.json());
};

const checkUnknown = async (path: string, response: Response): Promise<void> => {
  if (response.status === 204) return;
  expect([404, 405, 414, 429, 431]).toContain(response.status);
  const shape = path.startsWith("/v1/") ? "OpenAiError" : "Problem";
  validate(`contract#/components/schemas/${shape}`, await response.json());
};

const validate = (reference: string, body: unknown): void => {
  const check = ajv.getSchema(reference);
  if (!check) throw new Error(`the contract has no ${reference}`);
  expect(check(body) ? [] : check.errors, `${reference} fits ${JSON.stringify(body)}`).toEqual([]);
};
