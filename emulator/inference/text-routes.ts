// Chat completions, responses, embeddings and moderations.
import { type Context, Hono } from "hono";
import type { BilledUsage } from "../billing/billed-usage.ts";
import { payerOf } from "../billing/payer.ts";
import { readJson } from "../http/body.ts";
import { eventStream, named, unnamed } from "../http/event-stream.ts";
import { accept } from "../http/refusal.ts";
import type { Script } from "../script/script.ts";
import { chatChunks, chatCompletion } from "./chat.ts";
import { chatRequest, readChat } from "./chat-request.ts";
import { embeddings, embeddingsRequest } from "./embeddings.ts";
import { moderations, moderationsRequest } from "./moderations.ts";
import { type Reply, replyTo } from "./reply.ts";
import { outputOf, responseBody, responseEvents, saidIn } from "./responses.ts";
import { readResponses, responsesRequest } from "./responses-request.ts";
import type { StoredResponses } from "./stored-responses.ts";
import { findTextModel } from "./text-models.ts";

export interface TextPorts {
  script: Script;
  responses: StoredResponses;
  billed: BilledUsage;
  randomId(prefix: string): string;
  /** Milliseconds since 1970. */
  now(): number;
}

export const textRoutes = ({ script, responses, billed, randomId, now }: TextPorts) => {
  const bill = (c: Context, model: string, { inputTokens, outputTokens }: Reply): void =>
    billed.add(payerOf(c), "completions", model, { inputTokens, outputTokens });
  const seconds = () => Math.floor(now() / 1000);
  return new Hono()
    .post("/chat/completions", async (c) => {
      const request = accept(chatRequest, await readJson(c.req));
      findTextModel("chat", request.model);
      const ask = readChat(request);
      const reply = replyTo(ask, script.turns);
      bill(c, request.model, reply);
      const callIds = reply.calls.map(() => randomId("call"));
      const made = { id: randomId("chatcmpl"), callIds, created: seconds() };
      if (!request.stream) return c.json(chatCompletion(request, ask, reply, made));
      const events = chatChunks(request, ask, reply, made).map(unnamed);
      return eventStream(c, [...events, "data: [DONE]\n\n"]);
    })
    .post("/responses", async (c) => {
      const request = accept(responsesRequest, await readJson(c.req));
      findTextModel("chat", request.model);
      const ask = readResponses(request, responses);
      const reply = replyTo(ask, script.turns);
      bill(c, request.model, reply);
      const made = { id: randomId("resp"), randomId, created: seconds() };
      const output = outputOf(reply, made);
      const body = responseBody(request, output, reply, made);
      if (request.store ?? true) responses.add(made.id, body, ask.said, saidIn(output));
      if (!request.stream) return c.json(body);
      return eventStream(c, responseEvents(request, ask, output, reply, made).map(named));
    })
    .get("/responses/:id", (c) => c.json(responses.body(c.req.param("id"))))
    .delete("/responses/:id", (c) => c.json(responses.remove(c.req.param("id"))))
    .post("/embeddings", async (c) => {
      const request = accept(embeddingsRequest, await readJson(c.req));
      findTextModel("embedding", request.model);
      const made = embeddings(request);
      billed.add(payerOf(c), "embeddings", request.model, { inputTokens: made.usage.prompt_tokens });
      return c.json(made);
    })
    .post("/moderations", async (c) => {
      const request = accept(moderationsRequest, await readJson(c.req));
      findTextModel("moderation", request.model);
      billed.add(payerOf(c), "moderations", request.model, {});
      return c.json(moderations(request, randomId("modr")));
    });
};
