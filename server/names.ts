// The names that operators choose in broker.yaml: which characters each kind may have, and which one a misspelt name means.
import { closestMatch } from "leven";
import { z } from "zod";

/** Of a tool or a profile. It is part of an address, and OpenAI takes no other as a function's name. */
export const IDENTIFIER = /^[\w-]{1,64}$/;

export const identifierSchema = z.string().regex(IDENTIFIER, "must be 1 to 64 letters, digits, _ or -");

/** Of a token, a signer or an upstream key. It appears in logs and metrics. */
export const nameSchema = z.string().regex(/^[\w.@-]{1,64}$/, "must be 1 to 64 letters, digits or . @ _ -");

// Comparing takes the product of both lengths, so longer names are compared with none.
const MAX_COMPARED = 128;

/**
 * The name that was probably meant: it differs in a letter or two, in case, or in signs between words. A name with another
 * number in it is another name: `team-2` is not `team-1` misspelt.
 */
export const nearestName = (name: string, known: Iterable<string>): string | undefined => {
  if (name.length > MAX_COMPARED) return undefined;
  const alike = [...known].filter((each) => each !== name && numbersIn(each) === numbersIn(name));
  const names = new Map(alike.map((each) => [plain(each), each]));
  const letters = plain(name);
  const near = closestMatch(letters, [...names.keys()], { maxDistance: tolerance(letters) });
  return near === undefined ? undefined : names.get(near);
};

const numbersIn = (name: string): string => name.replaceAll(/\D/g, "");

const plain = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]/g, "");

// In a short name one other letter already makes another name.
const tolerance = ({ length }: string): number => (length < 3 ? 0 : length < 6 ? 1 : 2);

const MAX_LISTED = 30;

/** Ends a sentence about an unknown name: the one that was probably meant, and those that there are. */
export const suggestNames = (name: string, known: Iterable<string>): string => {
  const names = [...known];
  if (names.length === 0) return "; there are none";
  const near = nearestName(name, names);
  if (near === undefined) return `; there are ${listNames(names)}`;
  return `; did you mean ${near}?${names.length > 1 ? ` There are ${listNames(names)}` : ""}`;
};

/** `a, b, c`, and how many more there are. */
export const listNames = (names: readonly string[]): string => {
  const more = names.length - MAX_LISTED;
  const listed = names.slice(0, MAX_LISTED).join(", ");
  return more > 0 ? `${listed} and ${more} more` : listed;
};
