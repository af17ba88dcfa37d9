// A key that rotation replaced, where its secret cannot be had here: trying the configured one would say nothing.
import type { Check } from "./finding.ts";
import { type DoctorKey, subjectOf } from "./openai.ts";

/** `problem` is a sentence without its stop. */
export const storedKeyCheck = (key: DoctorKey, problem: string): Check => {
  const subject = subjectOf(key);
  const cause = `Rotation keeps the secret in service, sealed, in the database: ${problem}.`;
  const fix = "Run doctor with the SECRETS_KEY and DATABASE_URL of the service.";
  return {
    ...{ id: "stored-key", subject, title: "Stored key", group: "OpenAI" },
    run: async () => [
      { check: "stored-key", level: "fault", subject, title: "cannot be looked at from here", cause, fix },
    ],
  };
};
