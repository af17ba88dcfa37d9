// The names that operators choose in broker.yaml: which characters each kind may have.
import { z } from "zod";

/** Of a tool or a profile. It is part of an address, and OpenAI takes no other as a function's name. */
export const IDENTIFIER = /^[\w-]{1,64}$/;

export const identifierSchema = z.string().regex(IDENTIFIER, "must be 1 to 64 letters, digits, _ or -");

/** Of a token, a signer or an upstream key. It appears in logs and metrics. */
export const nameSchema = z.string().regex(/^[\w.@-]{1,64}$/, "must be 1 to 64 letters, digits or . @ _ -");
