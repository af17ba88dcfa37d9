// The caller's own tags for a request, from its header.
import { joinTags, readTagList } from "../../usage/tags.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";

const HEADER = "x-broker-tags";

/** Notes the tags for the request's event. They open nothing, and do not go on to OpenAI. */
export const readTagHeader = step(["request-malformed"], (facts: RequestFacts): void => {
  const given = facts.header(HEADER);
  if (given !== undefined) facts.tags = joinTags(readTagList(given, HEADER));
});
