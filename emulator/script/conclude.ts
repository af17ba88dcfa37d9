// The sentence that ends a turn in which tools were called.

const LONGEST_ANSWER = 300;

/** The script's own words, or a sentence of the demo; `{answer}` becomes what the tools answered, shortened. */
export const concludeWith = (answers: readonly string[], says?: string): string => {
  const sentence =
    says ??
    (answers.some(failed) ? "The tool could not answer. {answer}" : "The tool has answered: {answer}");
  return sentence.replaceAll("{answer}", () => answers.map(shorten).join("; "));
};

const failed = (answer: string): boolean => /^\s*\{\s*"error"/.test(answer);

const shorten = (answer: string): string =>
  answer.length > LONGEST_ANSWER ? `${answer.slice(0, LONGEST_ANSWER)}…` : answer;
