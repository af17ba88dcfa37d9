// Marks what is a secret in the schemas of the configuration: there, and nowhere else, a reference to a store may stand instead.
import { z } from "zod";
import { Secret } from "./secret.ts";

const marked = z.registry<{ isSecret: true }>();

/** A text that is a secret once it is read. */
export const secretText = <Schema extends z.ZodType<string>>(schema: Schema) =>
  markSecret(schema.transform((text) => new Secret(text)));

/** Marks a schema whose text is or holds a secret, such as an address with a password. */
export const markSecret = <Schema extends z.ZodType>(schema: Schema): Schema => {
  marked.add(schema, { isSecret: true });
  return schema;
};

/** Whether the schema was marked, also after `describe`. */
export const isSecretSchema = (schema: z.core.$ZodType): boolean => marked.get(schema) !== undefined;
