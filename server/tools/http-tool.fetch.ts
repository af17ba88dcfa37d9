// Makes a tool of a `tools` entry of broker.yaml: fills its request, sends it, reads the answer within limits.
import { z } from "zod";
import { Failure } from "../failures/failure.ts";
import { refusalAnswer, withoutQuoted } from "./api-refusal.ts";
import { fillUrl, fillValue } from "./http-request.ts";
import { type HttpToolConfig, strictSchema } from "./http-tool.ts";
import { type Answer, acceptWith, type JsonSchema, type Tool, type ToolContext } from "./tool.ts";

type Args = Readonly<Record<string, unknown>>;
type RunContext = Pick<ToolContext, "signal" | "traceFields">;

/**
 * A tool that makes the configured request. Redirects are not followed: they would choose another host. `checked` is the schema that
 * arguments must fit, where that is less than the model is told.
 */
export const httpTool = (
  name: string,
  config: HttpToolConfig,
  fetch: typeof globalThis.fetch,
  checked: JsonSchema = config.parameters,
): Tool => {
  const parameters = strictSchema(config.parameters);
  const run = async (args: Args, { signal, traceFields }: RunContext): Promise<Answer> => {
    const sent = request(config, args, traceFields);
    const response = await fetch(fillUrl(config.request, args), { ...sent, signal });
    if (!response.ok) return readRefusal(name, response, credentialsIn(config, sent.headers));
    const text = await readText(name, response, config.max_answer_bytes);
    const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
    return isJson ? pick(JSON.parse(text), config.answer) : text;
  };
  return {
    name,
    description: config.description,
    parameters,
    timeoutMs: config.timeout_ms,
    maxAnswerBytes: config.max_answer_bytes,
    accept: acceptWith(z.fromJSONSchema(strictSchema(checked)) as z.ZodType<Args>, run),
  };
};

const request = (
  { request: { method, headers, body } }: HttpToolConfig,
  args: Args,
  traceFields: RunContext["traceFields"],
) => {
  const sent = new Headers({ accept: "application/json, text/plain;q=0.9", ...traceFields });
  if (body !== undefined) sent.set("content-type", "application/json");
  for (const [header, value] of Object.entries(headers)) sent.set(header, value.reveal());
  const filled = body === undefined ? {} : { body: JSON.stringify(fillValue(body, args)) };
  return { method, headers: sent, redirect: "manual", ...filled } as const;
};

/** What of the configured request may be a credential. */
const credentialsIn = ({ request: { headers, query, body } }: HttpToolConfig, sent: Headers): string[] => [
  ...Object.keys(headers).map((name) => sent.get(name) ?? ""),
  ...namedLikeSecrets([query, body]),
];

const namedLikeSecrets = (part: unknown): string[] =>
  Object.entries(Object(part)).flatMap(([name, value]) => {
    if (typeof value === "object") return namedLikeSecrets(value);
    return SECRET_NAME.test(name) ? [String(value)] : [];
  });

const SECRET_NAME = /key|token|secret|pass|auth|sig/i;

/** Bytes of a refusal that are read: enough for a model, which has no use for a document. */
const MAX_REFUSAL_BYTES = 8192;

/** A refusal in words is an answer for the model; everything else is a failure, whose cause is for the log. */
const readRefusal = async (name: string, response: Response, sent: readonly string[]): Promise<Answer> => {
  const { status } = response;
  const { text: read, isCut } = await readStart(response, MAX_REFUSAL_BYTES);
  // Before the cut a quoted credential may stand in part.
  const margin = isCut ? Math.max(0, ...sent.map((value) => value.length)) : 0;
  const quoteless = withoutQuoted(read, sent);
  const text = quoteless.slice(0, quoteless.length - margin);
  const contentType = response.headers.get("content-type") ?? "";
  const answer = refusalAnswer({ status, contentType, text });
  if (answer !== undefined) return answer;
  const cause = new Error(`the API answered ${status}: ${text.trim() || "without a body"}`);
  throw new Failure("tool-failed", `The service behind ${name} answered ${status}.`, { cause });
};

const readStart = async (response: Response, limit: number): Promise<{ text: string; isCut: boolean }> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > limit) break;
  }
  const text = Buffer.concat(chunks).subarray(0, limit).toString("utf8");
  return { text, isCut: size > limit };
};

const readText = async (name: string, response: Response, limit: number): Promise<string> => {
  const { text, isCut } = await readStart(response, limit);
  if (isCut) throw new Failure("tool-answer-too-large", `${name} answered more than ${limit} bytes.`);
  return text;
};

const pick = (answer: unknown, pointer: string | undefined): Answer => {
  const keys = (pointer ?? "").split("/").slice(1);
  const part = keys.reduce<unknown>((value, key) => {
    const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
    return typeof value === "object" && value !== null && Object.hasOwn(value, name)
      ? value[name as keyof typeof value]
      : null;
  }, answer);
  return part as Answer;
};
