// The page of the errors, from the catalogue of refusals.
import { failureCodes, failureKind } from "../../server/failures/failure.ts";
import { code, page, plain } from "./markdown.ts";

export const errorsPage = (): string => {
  const codes = failureCodes.toSorted((one, other) => failureKind(one).status - failureKind(other).status);
  return page(
    "Errors",
    `A refusal is \`application/problem+json\` (RFC 9457): \`type\` is \`/problems/\` with the code, and the service itself answers there
with this text. \`title\`, \`status\` and \`detail\` say what was wrong, \`instance\` is the request's id in the log, and \`errors\` points at wrong
parts of the input. Below \`/v1\` an error has OpenAI's own shape, with the same code.`,
    ...codes.flatMap((name) => {
      const { status, title, advice } = failureKind(name);
      return [`## ${name}`, `${code(String(status))} ${plain(title)}. ${plain(advice)}`];
    }),
  );
};
