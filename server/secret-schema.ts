// Marks what is a secret in the schemas of the configuration: there, and nowhere else, a reference to a store may stand instead.
import { z } from "zod";
import { Secret } from "./secret.ts";

export interface SecretTraits {
  /** A text that the schema takes: it stands for a secret that is not read, where only the form of the rest is checked. */
  sample: string;
  /** Whether values that are put into a longer text are percent-encoded, as in an address. */
  isEncoded: boolean;
}

const SAMPLE = "a-secret-that-was-not-read-".padEnd(64, "0");

/** Whether it stands for one that was not read, so that it says nothing. Parts of a text are "0" then. */
export const isSample = (secret: Secret): boolean => secret.equals(SAMPLE) || secret.equals("0");

const marked = z.registry<SecretTraits>();

/** A text that is a secret once it is read. */
export const secretText = <Schema extends z.ZodType<string>>(
  schema: Schema,
  traits?: Partial<SecretTraits>,
) =>
  markSecret(
    schema.transform((text) => new Secret(text)),
    traits,
  );

/** Marks a schema whose text is or holds a secret, such as an address with a password. */
export const markSecret = <Schema extends z.ZodType>(
  schema: Schema,
  { sample = SAMPLE, isEncoded = false }: Partial<SecretTraits> = {},
): Schema => {
  marked.add(schema, { sample, isEncoded });
  return schema;
};

/** What is known of a schema that was marked, also after `describe`; undefined for others. */
export const secretTraits = (schema: z.core.$ZodType): SecretTraits | undefined => marked.get(schema);
