// What callers and OpenAI send is read in time in proportion to its length, also where it was written to take long.
import { expect, it } from "vitest";
import { holdsCredential } from "../../server/auth/query-credentials.ts";
import { readSignature } from "../../server/auth/signatures/signature-base.ts";
import { parseUserToken } from "../../server/auth/users/user-token.ts";
import { readMediaType } from "../../server/forms/media-type.ts";
import { negotiate } from "../../server/http/assets/assets.ts";
import { startDigestCheck } from "../../server/http/request/content-digest.ts";
import { tokenAmong } from "../../server/http/request/socket-protocols.ts";
import { clientAddress, trustedProxies } from "../../server/net/client-address.ts";
import { lastScheme } from "../../server/net/forwarded.ts";
import { describeCause } from "../../server/observe/describe-error.ts";
import { redact, redactPath } from "../../server/observe/redact.ts";
import { isNeverOpen, openedBy, plainPath } from "../../server/relay/policy/paths.ts";
import { UsageChunkFilter } from "../../server/relay/usage/usage-chunk.ts";
import { usageReader } from "../../server/relay/usage/usage-reader.ts";
import { readQueryArguments } from "../../server/tools/query.ts";
import { classifyError } from "../../server/upstream/classify-error.ts";
import { readErrorBody } from "../../server/upstream/error-response.ts";
import { cpuMs } from "../support/cpu-time.ts";

const MEBIBYTE = 1024 * 1024;
const proxies = trustedProxies(["127.0.0.1"]);
const asset = { contentType: "text/css", etag: "", identity: Buffer.alloc(0) } as unknown as Parameters<
  typeof negotiate
>[0];
const usageOf = (type: string) => (text: string) => {
  const reader = usageReader({ "content-type": type });
  reader?.read(Buffer.from(text));
  return reader?.told();
};
const signed = (name: string) => (text: string) => {
  const headers = { "signature-input": "a=()", signature: "a=::", [name]: text };
  return readSignature({ method: "GET", target: "/", headers });
};
const argumentsIn = (query: string) => readQueryArguments(query, { properties: { a: { type: "number" } } });
const limited = (name: string) => (text: string) =>
  classifyError(
    { status: 429, code: null, type: null, message: "" },
    { [name]: text, "x-ratelimit-remaining-tokens": "0" },
    0,
  );

const reads: Record<string, (text: string) => unknown> = {
  redact,
  redactPath,
  describeCause: (text) => describeCause(new Error(text)),
  "X-Forwarded-For": (text) => clientAddress("127.0.0.1", text, "x-forwarded-for", proxies),
  Forwarded: (text) => clientAddress("127.0.0.1", text, "forwarded", proxies),
  "the scheme in Forwarded": (text) => lastScheme(text, "forwarded"),
  "the scheme in X-Forwarded-Proto": (text) => lastScheme(text, "x-forwarded-for"),
  "Accept-Encoding": (text) => negotiate(asset, text),
  "Sec-WebSocket-Protocol": tokenAmong,
  "Signature-Input": signed("signature-input"),
  Signature: signed("signature"),
  "Content-Digest": (text) => startDigestCheck(text).fits(),
  "Content-Type": readMediaType,
  "a user's token": parseUserToken,
  "credentials in a query": holdsCredential,
  "arguments in a query": argumentsIn,
  "a number in a query": (text) => argumentsIn(`a=${text}`),
  "a path to relay": (text) => [plainPath(text), isNeverOpen(text), openedBy(["inference"])("GET", text)],
  "usage in an answer": usageOf("application/json"),
  "usage in a stream": usageOf("text/event-stream"),
  "a stream's usage, to be taken out": (text) => new UsageChunkFilter().filter(Buffer.from(text)),
  "usage in an event, to be taken out": (text) =>
    new UsageChunkFilter().filter(Buffer.from(`data: ${text}\n\n`)),
  "OpenAI's refusal": (text) => readErrorBody(400, JSON.stringify({ error: { message: text } })),
  "a refusal that is no JSON": (text) => readErrorBody(400, text),
  "Retry-After": limited("retry-after"),
  "X-RateLimit-Reset-Tokens": limited("x-ratelimit-reset-tokens"),
};

// Each repeats what one of them looks for, and ends so that it is not found.
const pumps = [
  ...' ,;="\\%&.a1',
  ...["for=", 'for="', 'for="a";', "for=1.1.1.1,", "127.0.0.1,", '",', "a=1;", "a=1,", "a=:YQ==:,", "a=("],
  ...["sk-", "ek_-", "eyJ-", "eyJa.", "Bearer ", "key provided: ", "org-", "1s", "1.", "a=1&", "%41", "\xe9"],
  ...[
    "/a",
    "/v1/",
    "/permissions",
    '"usage"',
    '"usage":{',
    '"usage":{}',
    ',"usage":null,"a":1}',
    "data: \n",
    "\r\n",
    '{"a":{',
    '"prompt_tokens"',
    "q=0;",
  ],
];
const starts = ["", "/v1/", '"usage":{', 'for="', "a=("];

it.each(Object.entries(reads))(
  "%s",
  (_, read) => {
    let [worst, worstMs] = ["", -1];
    const timed = (text: string): number => {
      const began = cpuMs();
      try {
        read(text);
      } catch {
        // A refusal is as good as an answer.
      }
      return cpuMs() - began;
    };
    for (const start of starts) {
      for (const pump of pumps) {
        const text = (length: number) => `${start}${pump.repeat(Math.ceil(length / pump.length))}!\u0001`;
        const ms = timed(text(16_384));
        expect(ms, `16 KiB of ${JSON.stringify(pump)} after ${JSON.stringify(start)}`).toBeLessThan(300);
        if (ms > worstMs) [worst, worstMs] = [text(MEBIBYTE), ms];
      }
    }
    expect(timed(worst)).toBeLessThan(1500);
  },
  60_000,
);
