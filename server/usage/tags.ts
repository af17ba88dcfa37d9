// Tags: the caller's own words for a request, which reports can be grouped by. Pure.
import { Failure } from "../failures/failure.ts";

export const MAX_TAGS = 10;
/** Visible ASCII, without the comma that stands between tags. */
const TAG = /^[\x21-\x2b\x2d-\x7e]{1,64}$/;

/** The tags of a list, each once. Throws `request-malformed`, which names `where`, for any that is none, and for too many. */
export const readTags = (given: readonly unknown[], where: string): readonly string[] => {
  const tags = new Set(given.filter(isTag));
  if (tags.size <= MAX_TAGS && given.every(isTag)) return [...tags];
  const rule = `${MAX_TAGS} tags of 1 to 64 visible ASCII characters, without commas and blanks`;
  throw new Failure("request-malformed", `\`${where}\` takes at most ${rule}.`);
};

/** The tags of a text with commas between them. Throws like `readTags`. */
export const readTagList = (text: string, where: string): readonly string[] =>
  readTags(
    text
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ""),
    where,
  );

/** The tags in a text that need not be meant as such: what is none is left out. */
export const findTags = (text: string): readonly string[] => {
  const tags = text
    .split(",")
    .map((tag) => tag.trim())
    .filter(isTag);
  return [...new Set(tags)].slice(0, MAX_TAGS);
};

/** Each once, and of too many the first; undefined where there are none. */
export const joinTags = (
  first: readonly string[] = [],
  second: readonly string[] = [],
): readonly string[] | undefined => {
  const all = [...new Set([...first, ...second])].slice(0, MAX_TAGS);
  return all.length === 0 ? undefined : all;
};

const isTag = (given: unknown): given is string => typeof given === "string" && TAG.test(given);
