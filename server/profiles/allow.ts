// Who may use a thing: the short list of selectors under `allow:`.
import { z } from "zod";
import type { Caller } from "../auth/caller.ts";

/** `everyone`, `members` (all but guests), `guests`, `token:NAME` or `issuer:URL`. */
export const allowSchema = z.array(
  z.union(
    [
      z.enum(["everyone", "members", "guests"]),
      z.templateLiteral([z.enum(["token:", "issuer:"]), z.string()]),
    ],
    { error: "must be everyone, members, guests, token:NAME or issuer:URL" },
  ),
);

export type Allow = z.output<typeof allowSchema>;

/** Whether one of the selectors fits the caller. An empty list fits nobody. */
export const admits = (allow: Allow, caller: Caller): boolean => {
  const fitting = selectorsOf(caller);
  return allow.some((selector) => fitting.includes(selector));
};

const selectorsOf = (caller: Caller): Allow => {
  switch (caller.kind) {
    case "guest":
      return ["everyone", "guests"];
    case "token":
      return ["everyone", "members", `token:${caller.name}`];
    case "jwt":
      return ["everyone", "members", `issuer:${caller.issuer}`];
  }
};
