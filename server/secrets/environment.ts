// Secrets in environment variables.
import { nearestName } from "../names.ts";
import { Secret } from "../secret.ts";
import { SecretError, type SecretStore, wholeSecret } from "./store.ts";

/** A variable's value is the secret as it is, never another reference. An empty variable counts as unset. */
export const environmentSecrets = (env: Readonly<Record<string, string | undefined>>): SecretStore => ({
  changes: "never",
  read: async (name) => {
    const value = env[name];
    if (value) return wholeSecret(new Secret(value));
    const near = nearestName(
      name,
      Object.keys(env).filter((each) => env[each]),
    );
    throw new SecretError("refused", `is not set in the environment${near ? `; did you mean ${near}?` : ""}`);
  },
  [Symbol.asyncDispose]: async () => {},
});
