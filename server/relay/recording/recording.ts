// What an entry of `relay` has recorded of one request: its prompt as it came, and what the model said.
import type { ContentKind, Recorded } from "../../ledger/content.ts";
import { Excerpt } from "../../ledger/excerpt.ts";
import type { Recipient } from "../../upstream/relay.ts";
import type { ReadBody } from "../request-body.ts";
import { AnswerRecorder } from "./answer-recorder.ts";

export interface Recording {
  /** In place of the caller's own. */
  recipient: Recipient;
  /** What there is so far. */
  excerpts(): [ContentKind, Excerpt][];
}

/** Begins before the request is sent: its body is gone soon after. */
export const recordRelayed = (
  recorded: Recorded,
  body: ReadBody | undefined,
  recipient: Recipient,
): Recording => {
  const prompt = recorded.includes("prompts") && body ? promptIn(body) : undefined;
  const answer = recorded.includes("answers") ? new AnswerRecorder(recipient) : undefined;
  return {
    recipient: answer ?? recipient,
    excerpts: () => [
      ...(prompt ? [["prompts", prompt] satisfies [ContentKind, Excerpt]] : []),
      ...(answer ? [["answers", answer.excerpt()] satisfies [ContentKind, Excerpt]] : []),
    ],
  };
};

const promptIn = (read: ReadBody): Excerpt => {
  const excerpt = new Excerpt();
  const { body, mediaType = "" } = read;
  if (mediaType === "application/json" && body.kind === "buffered") {
    excerpt.addBytes(Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength));
  } else if (mediaType.startsWith("multipart/") && !read.isTooLargeToParse) {
    for (const field of fieldsOf(read)) excerpt.add(field);
  }
  return excerpt;
};

/** What else a form has are files. */
const fieldsOf = (read: ReadBody): string[] => {
  try {
    return read.withContent(({ fields = [] }) =>
      fields.flatMap(({ name, value }) => (value === undefined ? [] : [`${name}: ${value}\n`])),
    );
  } catch {
    // There is no memory for it. The request itself needs none.
    return [];
  }
};
