// Which profiles and models doctor tries with an upstream key.
import type { Config } from "../config/load.ts";
import type { DoctorProfile } from "../doctor/minting.ts";
import { modelOf } from "../mint/mint.ts";
import { delegateOf } from "../profiles/session.ts";
import { namesModel } from "../upstream/model-names.ts";

/** The models that its entry names; undefined where it serves all. */
interface ServingKey {
  models?: readonly string[] | undefined;
}

/** Those that the key serves. */
export const profilesOf = ({ profiles }: Config, { models }: ServingKey) =>
  Object.entries(profiles)
    .map(([name, { session }]) => ({ name, session }))
    .filter(({ session }) => {
      const model = modelOf(session);
      return models === undefined || model === undefined || namesModel(models, model);
    });

/** Those for whose sessions OpenAI mints keys. */
export const mintedOf = (profiles: ReturnType<typeof profilesOf>): readonly DoctorProfile[] =>
  profiles.flatMap(({ name, session }) => (session.type === "live" ? [] : [{ name, session }]));

/** Those of its profiles, what GPT-Live hands on included, and those that its entry names without a wildcard. */
export const modelsOf = (
  profiles: ReturnType<typeof profilesOf>,
  { models = [] }: ServingKey,
): readonly string[] => [
  ...new Set([
    ...profiles.flatMap(({ session }) => modelOf(session) ?? []),
    ...profiles.flatMap(({ session }) => delegateOf(session) ?? []),
    ...models.filter((name) => !name.endsWith("*")),
  ]),
];
