// The body of a refusal, as tests look at it.
import type { Problem } from "../../server/http/response/problem.ts";

/** Reads an answer as problem+json; its `code` is the last part of the type. */
export const problemIn = async (response: Response): Promise<Problem & { code: string | undefined }> => {
  const problem: Problem = await response.json();
  return { ...problem, code: problem.type.split("/").pop() };
};
