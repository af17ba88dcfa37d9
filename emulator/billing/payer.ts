// Whose bill a request is on.
import type { Context } from "hono";
import type { Payer } from "./billed-usage.ts";

export const payerOf = (c: Context): Payer => ({
  authorization: c.req.header("authorization"),
  project: c.req.header("openai-project"),
});
