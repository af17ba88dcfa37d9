// The environment as it was meant.
import type { Environment } from "./document.ts";

/**
 * Takes one line's end off each value. Kubernetes' `--from-file` and env files of others keep the one that a file ends with, and a
 * key or a token with it would be another than the one in the file, as `file:` reads it.
 */
export const withoutLineEnds = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value?.replace(/\r?\n$/, "")]));
