// Whether OpenAI accepts an upstream key.
import { readErrorBody, readErrorResponse } from "../upstream/error-response.ts";
import { subjectOfUrl } from "./base-url.ts";
import type { Check } from "./finding.ts";
import { type DoctorKey, subjectOf } from "./openai.ts";
import { refusalOf } from "./refusal.ts";

export const keyCheck = (key: DoctorKey): Check => {
  const subject = subjectOf(key);
  return {
    ...{ id: "key", subject, title: "Key", group: "OpenAI" },
    needs: [
      `base-url ${subjectOfUrl(key.baseUrl)}`,
      `key-format ${subject}`,
      `stored-key ${subject}`,
      `identity ${subject}`,
    ],
    run: async (signal) => {
      const { status, headers, text, at } = await key.access.listModels(signal);
      if (status < 300) return [{ check: "key", level: "ok", subject, title: "OpenAI accepts it" }];
      const response = readErrorResponse(readErrorBody(status, text), headers, at);
      // A restricted key may do everything that is needed without this permission.
      if (response.outcome.kind === "scope-missing") {
        const title = "accepted; its models cannot be listed, for want of that permission";
        return [{ check: "key", level: "note", subject, title }];
      }
      return [{ ...refusalOf("key", response, key), level: "fault", subject }];
    },
  };
};
