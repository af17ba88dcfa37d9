// Whether an upstream key looks like one: what is pasted with it, or in its place. Nothing is sent.
import type { Secret } from "../secret.ts";
import type { Check, Finding } from "./finding.ts";
import { type DoctorKey, subjectOf } from "./openai.ts";

type Found = Pick<Finding, "cause" | "check" | "fix" | "title">;

const KEYS_PAGE = "https://platform.openai.com/api-keys";
/** OpenAI's have 51 characters at least; some compatible servers take any word. */
const SHORTEST = 20;

export const keyFormatCheck = (key: DoctorKey, secret: Secret): Check => {
  const subject = subjectOf(key);
  return {
    ...{ id: "key-format", subject, title: "Key's form", group: "OpenAI" },
    run: async () => {
      const found = formatFault(secret.reveal(), key);
      if (found) return [{ ...found, level: "fault", subject }];
      return [{ check: "key-format", level: "ok", subject, title: "looks like a key" }];
    },
  };
};

// No text quotes the key, not even its beginning.
const formatFault = (secret: string, { setting, baseUrl }: DoctorKey): Found | undefined => {
  if (/^["'`\u2018-\u201d]|["'`]$/.test(secret)) {
    return {
      check: "key-format.quotes",
      title: "has quotes around it",
      cause: "They were pasted with it, or written where the shell or compose file does not take them off.",
      fix: `Take the quotes out of ${setting}.`,
    };
  }
  if (/^Bearer$|^Bearer\b|^Authorization:/i.test(secret)) {
    return {
      check: "key-format.header",
      title: "is a header field, not a key",
      cause: "It begins with the name of the header or its scheme.",
      fix: `Leave the key alone in ${setting}, from sk- on.`,
    };
  }
  if (secret.startsWith("sk-admin-")) {
    return {
      check: "key-format.admin",
      title: "is an admin key",
      cause: "Admin keys manage an organization; they open no sessions.",
      fix: `Set ${setting} to a project's key of ${KEYS_PAGE}; the admin key belongs into OPENAI_ADMIN_KEY.`,
    };
  }
  if (/^ek_/.test(secret)) {
    return {
      check: "key-format.ephemeral",
      title: "is a short-lived key for a browser",
      cause: "Keys that begin with ek_ end within hours, and mint no others.",
      fix: `Set ${setting} to a project's key of ${KEYS_PAGE}.`,
    };
  }
  if (/^sess-/.test(secret)) {
    return {
      check: "key-format.session",
      title: "is the session key of a signed-in browser",
      cause: "It was copied from the developer tools of OpenAI's site, and ends when that browser signs out.",
      fix: `Set ${setting} to a project's key of ${KEYS_PAGE}.`,
    };
  }
  const isAtOpenAi = /^https:\/\/(?:[a-z]+\.)?api\.openai\.com\//.test(`${baseUrl}/`);
  if (/\.{3}|\u2026|\*{3}|x{6}|your[-_]|<|\$\{|changeme/i.test(secret)) {
    return {
      check: "key-format.placeholder",
      title: "is an example, or cut short",
      cause: "It has the dots, stars or words that stand in place of a key in documents and lists.",
      fix: `Set ${setting} to a whole key of ${KEYS_PAGE}; OpenAI shows it once, when it is made.`,
    };
  }
  if (isAtOpenAi && (!secret.startsWith("sk-") || secret.length < SHORTEST)) {
    return {
      check: "key-format.unknown",
      title: "does not look like a key of OpenAI's",
      cause: `OpenAI's begin with sk- and have more than ${SHORTEST} characters.`,
      fix: `Set ${setting} to a key of ${KEYS_PAGE}.`,
    };
  }
  return undefined;
};
