// What a grant says of supervision where a test is about something else.
import { voiceSchema } from "../../server/profiles/supervision.ts";

export const unsupervised = {
  supervision: "none" as const,
  voice: { ...voiceSchema.parse({}), serverTools: [] },
};
