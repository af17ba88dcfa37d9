// The webhook of broker.yaml: where alerts go, and the secret that signs them.
import { z } from "zod";
import { secretText } from "../secret-schema.ts";

/** As Standard Webhooks has it: base64 of 24 to 64 bytes, mostly with this before it. */
const PREFIX = "whsec_";

const isKey = (text: string): boolean => {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const { length } = Buffer.from(encoded, "base64");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) && encoded.length % 4 === 0 && length >= 24 && length <= 64;
};

/** `alerts` */
export const alertsSchema = z
  .strictObject({
    webhook: z
      .strictObject({
        url: z
          .url({ protocol: /^https?$/, error: "must be an http(s) address" })
          .describe("Where alerts are sent by POST. Redirects are not followed."),
        secret: secretText(
          z
            .string()
            .refine(
              isKey,
              "must be whsec_ and the base64 of 24 to 64 bytes; make one with: echo whsec_$(openssl rand -base64 32)",
            ),
          { sample: `${PREFIX}${"0".repeat(32)}` },
        ).describe("Signs them as Standard Webhooks says. Keep it out of the file, in the environment."),
      })
      .optional()
      .describe("A server that hears of budgets as they are used up."),
  })
  .default({});

export type WebhookConfig = NonNullable<z.output<typeof alertsSchema>["webhook"]>;
