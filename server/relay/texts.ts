// The texts of a request that a model will read: what is said, what tools have answered, what it is told to be. Pure.

type Json = Record<string, unknown>;

/** Empty for requests that no model reads as a conversation. */
export const textsIn = (path: string, body: unknown): string[] => {
  if (!isObject(body)) return [];
  switch (path) {
    case "/v1/chat/completions":
      return contentsOf(body.messages);
    case "/v1/responses":
      return [...textOf(body.instructions), ...contentsOf(body.input)];
    case "/v1/completions":
      return textOf(body.prompt);
    default:
      return [];
  }
};

// Messages, items of a conversation, or a bare text in their place.
const contentsOf = (items: unknown): string[] =>
  Array.isArray(items)
    ? items.flatMap((item) =>
        isObject(item) ? [...textOf(item.content), ...textOf(item.output)] : textOf(item),
      )
    : textOf(items);

const textOf = (content: unknown): string[] => {
  if (typeof content === "string") return [content];
  if (Array.isArray(content)) return content.flatMap(textOf);
  return isObject(content) && typeof content.text === "string" ? [content.text] : [];
};

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;
