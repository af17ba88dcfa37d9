// Refusals of questions about usage, and of reports of it.
import { forUsers, type Kind } from "./kind.ts";

export const usageKinds = {
  "operators-only": {
    status: 403,
    title: "This is for operators",
    advice: "Ask the operator to add you to `operators.allow` in broker.yaml.",
    userMessage: forUsers.noAccess,
  },
  "usage-shared": {
    status: 403,
    title: "Guests have no books of their own",
    advice: "What guests use is counted together. Call with credentials to see what you used.",
    userMessage: forUsers.signIn,
  },
  "request-unknown": {
    status: 404,
    title: "The books have no such request",
    advice:
      "It may be older than records are kept, another caller's, or refused before it was known who asked for what: then the log alone has it.",
    userMessage: forUsers.pageFault,
  },
  "usage-query-invalid": {
    status: 422,
    title: "The question about usage is not valid",
    advice: "Each entry of `errors` points at a part of the query and says what is wrong with it.",
    userMessage: forUsers.pageFault,
  },
  "usage-report-invalid": {
    status: 422,
    title: "The report of usage is not valid",
    advice: "Correct what `errors` names. The client module makes such reports by itself.",
    userMessage: forUsers.pageFault,
  },
} satisfies Record<string, Kind>;
