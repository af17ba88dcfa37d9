// The endpoints under /v1 that are not Realtime.
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { readJson } from "../http/body.ts";
import { OpenAiError } from "../http/openai-error.ts";
import { accept } from "../http/refusal.ts";
import { bearer, type Credentials } from "../keys/credentials.ts";
import { chatChunks, chatCompletion, chatRequest } from "./chat.ts";
import { embeddings, embeddingsRequest } from "./embeddings.ts";
import type { Files } from "./files.ts";
import { moderations, moderationsRequest } from "./moderations.ts";
import { response, responseEvents, responsesRequest } from "./responses.ts";
import { speech, speechRequest } from "./speech.ts";
import { findTextModel } from "./text-models.ts";

export interface InferencePorts {
  credentials: Credentials;
  files: Files;
  randomId(prefix: string): string;
  /** Milliseconds since 1970. */
  now(): number;
}

export const inferenceRoutes = ({ credentials, files, randomId, now }: InferencePorts) => {
  const seconds = () => Math.floor(now() / 1000);
  const owner: MiddlewareHandler = async (c, next) => {
    credentials.standardKey(bearer(c.req.header("authorization")));
    await next();
  };
  return new Hono()
    .post("/chat/completions", owner, async (c) => {
      const request = accept(chatRequest, await readJson(c.req));
      findTextModel("chat", request.model);
      const made = { id: randomId("chatcmpl"), created: seconds() };
      if (!request.stream) return c.json(chatCompletion(request, made));
      const events = chatChunks(request, made).map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
      return eventStream(c, [...events, "data: [DONE]\n\n"]);
    })
    .post("/responses", owner, async (c) => {
      const request = accept(responsesRequest, await readJson(c.req));
      findTextModel("chat", request.model);
      const made = { id: randomId("resp"), messageId: randomId("msg"), created: seconds() };
      if (!request.stream) return c.json(response(request, made));
      const events = responseEvents(request, made);
      return eventStream(
        c,
        events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
      );
    })
    .post("/embeddings", owner, async (c) => {
      const request = accept(embeddingsRequest, await readJson(c.req));
      findTextModel("embedding", request.model);
      return c.json(embeddings(request));
    })
    .post("/moderations", owner, async (c) => {
      const request = accept(moderationsRequest, await readJson(c.req));
      findTextModel("moderation", request.model);
      return c.json(moderations(request, randomId("modr")));
    })
    .post("/audio/speech", owner, async (c) => {
      const request = accept(speechRequest, await readJson(c.req));
      findTextModel("speech", request.model);
      const { type, bytes } = speech(request);
      return c.body(bytes, 200, { "content-type": type });
    })
    .post("/files", owner, async (c) => c.json(await files.add(await formOf(c), randomId("file"), seconds())))
    .get("/files", owner, (c) => c.json(files.list()))
    .get("/files/:id", owner, (c) => c.json(files.find(c.req.param("id"))))
    .get("/files/:id/content", owner, (c) =>
      c.body(new Uint8Array(files.content(c.req.param("id"))), 200, {
        "content-type": "application/octet-stream",
      }),
    )
    .delete("/files/:id", owner, (c) => c.json(files.remove(c.req.param("id"))));
};

// The body was read already, to be recorded.
const formOf = async (c: Context): Promise<FormData> => {
  const headers = { "content-type": c.req.header("content-type") ?? "" };
  try {
    return await new Response(await c.req.arrayBuffer(), { headers }).formData();
  } catch {
    throw new OpenAiError(400, null, "We could not parse the multipart body of your request.");
  }
};

// Each event is a write of its own, so that clients receive them one by one.
const eventStream = (c: Context, events: string[]): Response => {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    async pull(controller) {
      const next = events.shift();
      if (next === undefined) return controller.close();
      controller.enqueue(encoder.encode(next));
      // Lets each event leave before the next is written.
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  return c.body(body, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  });
};
