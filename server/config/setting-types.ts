// What a setting is, and the kinds of values that settings have: in the environment each is a text.
import { z } from "zod";

/** A setting: its name in the environment, its values, and what the reference says of it. */
export interface SettingRow {
  env: string;
  schema: z.ZodType;
  default: unknown;
  /** Whether a change takes effect when the configuration is read anew, or with the next start only. */
  reload: "live" | "restart";
  /** Its unit stands in its name. */
  doc: string;
}

export const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")], {
  error: "must be true or false",
});

export const integer = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  const written = z.string().regex(/^\d+$/).transform(Number);
  return z.union([z.int(), written], { error }).pipe(z.int({ error }).min(min, error).max(max, error));
};

/** A list, or a text with commas between its parts. */
export const texts = z.union([
  z.string().transform((text) => text.split(",").map((part) => part.trim())),
  z.array(z.string()),
]);
