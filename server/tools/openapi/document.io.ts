// Reads an OpenAPI description, from the network or from disk.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "yaml";
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";

const MAX_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

/** A file is relative to `folder`; `closing` ends a download. Rejects with an `Error` that says why it cannot be used. */
export const readOpenApi = async (
  place: string,
  folder: string,
  fetch: typeof globalThis.fetch,
  closing: AbortSignal,
): Promise<JsonRecord> => {
  const text = /^https?:\/\//.test(place)
    ? await download(place, fetch, closing)
    : await readText(resolve(folder, place));
  const document = parsed(text);
  if (!isJsonRecord(document) || typeof document.openapi !== "string" || !document.openapi.startsWith("3."))
    throw new Error("is no description of OpenAPI 3");
  return document;
};

const readText = async (path: string): Promise<string> => {
  const bytes = await readFile(path);
  if (bytes.length > MAX_BYTES) throw new Error(`has more than ${MAX_BYTES} bytes`);
  return bytes.toString("utf8");
};

const download = async (
  url: string,
  fetch: typeof globalThis.fetch,
  closing: AbortSignal,
): Promise<string> => {
  const headers = { accept: "application/json, application/yaml;q=0.9, */*;q=0.8" };
  const signal = AbortSignal.any([closing, AbortSignal.timeout(TIMEOUT_MS)]);
  const response = await fetch(url, { headers, signal });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error(`has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

// JSON is YAML too, but its own parser is faster by far.
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return parse(text, { maxAliasCount: 100 });
  }
};
