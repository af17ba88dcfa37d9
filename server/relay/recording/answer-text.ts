// What a model said, in an answer of OpenAI's or in one event of its stream: texts, refusals, and calls of functions. Pure.
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";

/** Empty where the answer has no words, such as embeddings and images. */
export const textOfAnswer = (answer: unknown): string => {
  if (!isJsonRecord(answer)) return "";
  const { choices, output, text, error } = answer;
  if (isJsonRecord(error)) return textOf(error.message);
  const parts = [
    ...recordsIn(choices).map((choice) => textOf(choice.text) + textOfMessage(choice.message)),
    ...recordsIn(output).map(textOfItem),
    // A transcript.
    textOf(text),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
};

/** What an event adds. An event that tells again what others have told adds nothing. */
export const textOfEvent = (event: unknown): string => {
  if (!isJsonRecord(event)) return "";
  const { type, delta, choices, item, error } = event;
  if (isJsonRecord(error)) return textOf(error.message);
  if (typeof type !== "string")
    return recordsIn(choices)
      .map((choice) => textOf(choice.text) + textOfMessage(choice.delta))
      .join("");
  if (type === "response.output_item.added") return startOfItem(isJsonRecord(item) ? item : {});
  // Others are sounds and images.
  return /(?:text|refusal|arguments)\.delta$/.test(type) ? textOf(delta) : "";
};

const textOfMessage = (message: unknown): string => {
  if (!isJsonRecord(message)) return "";
  const calls = recordsIn(message.tool_calls).map(({ function: called }) =>
    isJsonRecord(called) ? callOf(called) : "",
  );
  return textOf(message.content) + textOf(message.refusal) + calls.join("");
};

const textOfItem = (item: JsonRecord): string =>
  [item.content, item.summary]
    .flatMap(recordsIn)
    .map((part) => textOf(part.text) + textOf(part.refusal))
    .join("\n") + (item.type === "function_call" ? callOf(item) : "");

const startOfItem = ({ type, name }: JsonRecord): string =>
  type === "function_call" ? callOf({ name }) : "\n";

// In a stream the name comes first, then its arguments in pieces.
const callOf = ({ name, arguments: args }: JsonRecord): string =>
  (textOf(name) === "" ? "" : `\n[calls ${textOf(name)}] `) + textOf(args);

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const recordsIn = (value: unknown): JsonRecord[] => (Array.isArray(value) ? value.filter(isJsonRecord) : []);
