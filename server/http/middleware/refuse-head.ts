// HEAD is answered by running GET and dropping the body. Where GET does something, that would do it for nothing.
import { Failure } from "../../failures/failure.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";

/** Refuses HEAD on routes that mint or call. */
export const refuseHead = step([], ({ method }: RequestFacts) => {
  if (method !== "HEAD") return;
  const headers = { allow: "GET, POST" };
  throw new Failure("method-not-allowed", "This address answers GET, POST.", { headers });
});
