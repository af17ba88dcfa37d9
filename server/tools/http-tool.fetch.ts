// Makes a tool of a `tools` entry of broker.yaml: fills its request, sends it, reads the answer within limits.
import { z } from "zod";
import { Failure } from "../failures/failure.ts";
import { fillUrl, fillValue } from "./http-request.ts";
import { type HttpToolConfig, strictSchema } from "./http-tool.ts";
import { type Answer, acceptWith, type JsonSchema, type Tool } from "./tool.ts";

type Args = Readonly<Record<string, unknown>>;

/** A tool that makes the configured request. Redirects are not followed: they would choose another host. */
export const httpTool = (name: string, config: HttpToolConfig, fetch: typeof globalThis.fetch): Tool => {
  const parameters = strictSchema(config.parameters);
  const run = async (args: Args, { signal }: { signal: AbortSignal }): Promise<Answer> => {
    const response = await fetch(fillUrl(config.request, args), { ...request(config, args), signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Failure("tool-failed", `The service behind ${name} answered ${response.status}.`);
    }
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
    accept: acceptWith(z.fromJSONSchema(parameters as JsonSchema) as z.ZodType<Args>, run),
  };
};

const request = ({ request: { method, headers, body } }: HttpToolConfig, args: Args): RequestInit => {
  const sent = new Headers({ accept: "application/json, text/plain;q=0.9" });
  if (body !== undefined) sent.set("content-type", "application/json");
  for (const [header, value] of Object.entries(headers)) sent.set(header, value.reveal());
  const filled = body === undefined ? {} : { body: JSON.stringify(fillValue(body, args)) };
  return { method, headers: sent, redirect: "manual", ...filled };
};

const readText = async (name: string, response: Response, limit: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limit)
      throw new Failure("tool-answer-too-large", `${name} answered more than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
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
