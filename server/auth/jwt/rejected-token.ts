// What was wrong with a token, in a sentence for the log: what it says, and what is expected. Pure.
import type { JWTPayload } from "jose";
import { redactInput } from "../../observe/redact.ts";
import type { IssuerConfig } from "./issuers.ts";
import { claimAt } from "./jwt-claims.ts";

type Expected = Pick<IssuerConfig, "algorithms" | "audience" | "claims" | "issuer">;

const MAX_NAMED = 5;

// Callers choose what a token says, so it is cut short and made printable.
const quote = (value: unknown): string =>
  value === undefined ? "none" : redactInput(JSON.stringify(value), 200);

const quoteAll = (values: readonly unknown[]): string => {
  const more = values.length > MAX_NAMED ? ` and ${values.length - MAX_NAMED} more` : "";
  return values.slice(0, MAX_NAMED).map(quote).join(", ") + more;
};

const timeOf = (seconds: number): string => {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? quote(seconds) : time.toISOString();
};

export const unknownIssuer = (found: string, issuers: readonly Pick<IssuerConfig, "issuer">[]): string => {
  const expected = issuers.length === 0 ? "none" : quoteAll(issuers.map(({ issuer }) => issuer));
  return `the token's iss is ${quote(found)}, which is no configured issuer; configured: ${expected}`;
};

export const wrongAudience = (payload: JWTPayload, { issuer, audience, claims }: Expected): string => {
  const found = quote(claimAt(payload, claims.audience));
  return `the token of ${quote(issuer)} has ${claims.audience} ${found}; expected: ${quoteAll([audience].flat())}`;
};

export const noUser = (payload: JWTPayload, { issuer, claims }: Expected): string => {
  const found = claimAt(payload, claims.user);
  const what = found === undefined ? "is missing" : `is ${quote(found)}, which is no name`;
  return `the token of ${quote(issuer)} names no user: its claim ${claims.user} ${what}`;
};

/** `now` is in milliseconds since 1970. */
export const expired = ({ exp = 0 }: JWTPayload, { issuer }: Expected, now: number): string =>
  `the token of ${quote(issuer)} expired at ${timeOf(exp)}, ${Math.floor(now / 1000 - exp)} s ago`;

export const notYetValid = ({ nbf = 0 }: JWTPayload, { issuer }: Expected, now: number): string =>
  `the token of ${quote(issuer)} is valid from ${timeOf(nbf)} on, in ${Math.ceil(nbf - now / 1000)} s`;

export const wrongAlgorithm = (found: unknown, { issuer, algorithms }: Expected): string =>
  `the token of ${quote(issuer)} is signed by ${quote(found)}; expected: ${algorithms.join(", ")}`;

export const unknownKey = (found: unknown, { issuer }: Expected): string =>
  `${quote(issuer)} publishes no key that fits the token's kid ${quote(found)}`;

/** What the library says of it. */
export const otherFault = (message: string, { issuer }: Expected): string =>
  `the token of ${quote(issuer)}: ${message}`;
