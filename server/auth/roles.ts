// Roles: names that group callers of any kind, for `allow` and for limits.
import { z } from "zod";

/** A role, such as `support`, or a scope such as `read:voice`. */
export const roleSchema = z
  .string()
  .regex(/^[\w.:/@+-]{1,128}$/, "must be 1 to 128 letters, digits or . : / @ + _ -");

export const rolesSchema = z.array(roleSchema);
