// POST /v1/images/generations and /v1/images/edits: images of one colour, which the prompt decides.
import { createHash } from "node:crypto";
import { z } from "zod";
import { missingField } from "../http/form.ts";
import { OpenAiError } from "../http/openai-error.ts";
import { imageTypeOf, pngOf } from "./image-file.ts";
import { tokensIn } from "./reply.ts";

const sizes = [
  "auto",
  "256x256",
  "512x512",
  "1024x1024",
  "1536x1024",
  "1024x1536",
  "1792x1024",
  "1024x1792",
] as const;

// A form's fields are texts.
const whole = z.coerce.number<number | string>().int();
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);

export const imagesRequest = z.looseObject({
  model: z.string().default("gpt-image-1"),
  prompt: z.string().min(1).max(32_000),
  n: whole.min(1).max(10).nullish(),
  size: z.enum(sizes).nullish(),
  quality: z.enum(["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"]).nullish(),
  background: z.enum(["auto", "transparent", "opaque"]).nullish(),
  output_format: z.enum(["png", "jpeg", "webp"]).nullish(),
  response_format: z.enum(["url", "b64_json"]).nullish(),
  stream: flag.nullish(),
  partial_images: whole.min(0).max(3).nullish(),
});

export type ImagesRequest = z.output<typeof imagesRequest>;

const MOST_IMAGES = 16;
const LARGEST_IMAGE = 50 * 1024 * 1024;

/** The images of an edit's form. Throws OpenAI's 400. */
export const readImages = async (form: FormData): Promise<number> => {
  const images = [...form.getAll("image"), ...form.getAll("image[]")].filter((part) => part instanceof File);
  if (images.length === 0) throw missingField("image");
  if (images.length > MOST_IMAGES)
    throw refuse(
      "array_above_max_length",
      `Invalid 'image': array too long. Expected at most ${MOST_IMAGES} images.`,
      "image",
    );
  const mask = form.get("mask");
  for (const image of mask instanceof File ? [...images, mask] : images) {
    if (image.size > LARGEST_IMAGE)
      throw refuse("image_too_large", "Invalid image: it is larger than 50 MB.", "image");
    if (imageTypeOf(new Uint8Array(await image.slice(0, 12).arrayBuffer()))) continue;
    throw refuse(
      "unsupported_file_mimetype",
      `Invalid file '${image.name}': unsupported mimetype ('${image.type}'). Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.`,
      "image",
    );
  }
  return images.length;
};

// Tokens of one image, about as OpenAI counts a square one of medium quality.
const TOKENS_OF_IMAGE = 1056;
const TOKENS_OF_INPUT_IMAGE = 323;

/** The response body; `given` is the number of images that came with the request. */
export const images = (request: ImagesRequest, given: number, created: number): object => {
  const picture = pictureOf(request);
  const isUrl = /^dall-e/.test(request.model) && request.response_format !== "b64_json";
  const data = Array.from({ length: request.n ?? 1 }, () =>
    isUrl ? { url: `data:image/png;base64,${picture}` } : { b64_json: picture },
  );
  if (/^dall-e/.test(request.model)) return { created, data };
  return { created, ...settingsOf(request), data, usage: imageUsage(request, given) };
};

/** The same as events; one image only, as at OpenAI. */
export const imageEvents = (
  request: ImagesRequest,
  given: number,
  kind: "generation" | "edit",
  created: number,
) => {
  const b64_json = pictureOf(request);
  const made = { b64_json, created_at: created, ...settingsOf(request) };
  const partial = Array.from({ length: request.partial_images ?? 0 }, (_, partial_image_index) => ({
    type: `image_${kind}.partial_image`,
    partial_image_index,
    ...made,
  }));
  return [...partial, { type: `image_${kind}.completed`, ...made, usage: imageUsage(request, given) }];
};

const pictureOf = ({ prompt, size }: ImagesRequest): string => {
  const [width = 1024, height = 1024] =
    (size ?? "auto") === "auto" ? [] : String(size).split("x").map(Number);
  const colour = [...createHash("sha256").update(prompt).digest().subarray(0, 3)];
  return pngOf(width, height, colour).toString("base64");
};

const settingsOf = ({ size, quality, background }: ImagesRequest) => ({
  background: background === "transparent" ? "transparent" : "opaque",
  // PNG whatever is asked for: other formats are not made here.
  output_format: "png",
  quality: quality === "auto" || !quality ? "medium" : quality,
  size: size === "auto" || !size ? "1024x1024" : size,
});

export const imageUsage = ({ prompt, n }: ImagesRequest, given: number) => {
  const text = tokensIn(prompt);
  const image = given * TOKENS_OF_INPUT_IMAGE;
  const output = (n ?? 1) * TOKENS_OF_IMAGE;
  return {
    input_tokens: text + image,
    input_tokens_details: { text_tokens: text, image_tokens: image },
    output_tokens: output,
    output_tokens_details: { text_tokens: 0, image_tokens: output },
    total_tokens: text + image + output,
  };
};

const refuse = (code: string, message: string, param: string): OpenAiError =>
  new OpenAiError(400, code, message, param);
