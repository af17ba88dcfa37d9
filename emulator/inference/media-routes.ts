// Speech, transcriptions and images.
import { type Context, Hono } from "hono";
import type { BilledUsage } from "../billing/billed-usage.ts";
import { payerOf } from "../billing/payer.ts";
import { readJson } from "../http/body.ts";
import { eventStream, named } from "../http/event-stream.ts";
import { fileOf, readForm, textFields } from "../http/form.ts";
import { accept } from "../http/refusal.ts";
import type { Script } from "../script/script.ts";
import { type ImagesRequest, imageEvents, images, imagesRequest, imageUsage, readImages } from "./images.ts";
import { speech, speechEvents, speechRequest } from "./speech.ts";
import { findTextModel } from "./text-models.ts";
import {
  checkFormat,
  hear,
  isStreamed,
  transcription,
  transcriptionEvents,
  transcriptionRequest,
} from "./transcriptions.ts";

export interface MediaPorts {
  script: Script;
  billed: BilledUsage;
  /** Milliseconds since 1970. */
  now(): number;
}

export const mediaRoutes = ({ script, billed, now }: MediaPorts) => {
  const transcribe = async (c: Context, task: "transcribe" | "translate"): Promise<Response> => {
    const form = await readForm(c);
    const request = accept(transcriptionRequest, textFields(form));
    findTextModel(task === "translate" ? "translation" : "transcription", request.model);
    checkFormat(request);
    const heard = await hear(fileOf(form, "file"), script.turns);
    billed.add(payerOf(c), "audio_transcriptions", request.model, { seconds: Math.ceil(heard.seconds) });
    if (isStreamed(request)) return eventStream(c, transcriptionEvents(request, heard).map(named));
    const body = transcription(request, heard, task);
    return typeof body === "string" ? c.text(body) : c.json(body);
  };
  const draw = (c: Context, request: ImagesRequest, kind: "generation" | "edit", given: number): Response => {
    findTextModel("image", request.model);
    const created = Math.floor(now() / 1000);
    const used = imageUsage(request, given);
    billed.add(payerOf(c), "images", request.model, {
      images: request.n ?? 1,
      inputTokens: used.input_tokens,
      imageInputTokens: used.input_tokens_details.image_tokens,
      outputTokens: used.output_tokens,
      imageOutputTokens: used.output_tokens,
    });
    if (!request.stream) return c.json(images(request, given, created));
    return eventStream(c, imageEvents(request, given, kind, created).map(named));
  };
  return new Hono()
    .post("/audio/speech", async (c) => {
      const request = accept(speechRequest, await readJson(c.req));
      findTextModel("speech", request.model);
      billed.add(payerOf(c), "audio_speeches", request.model, { characters: request.input.length });
      if (request.stream_format === "sse") return eventStream(c, speechEvents(request).map(named));
      const { type, bytes } = speech(request);
      return c.body(bytes, 200, { "content-type": type });
    })
    .post("/audio/transcriptions", (c) => transcribe(c, "transcribe"))
    .post("/audio/translations", (c) => transcribe(c, "translate"))
    .post("/images/generations", async (c) =>
      draw(c, accept(imagesRequest, await readJson(c.req)), "generation", 0),
    )
    .post("/images/edits", async (c) => {
      const form = await readForm(c);
      const request = accept(imagesRequest, textFields(form));
      return draw(c, request, "edit", await readImages(form));
    });
};
