// JSON objects as values: names with anything under them.

export type JsonRecord = Record<string, unknown>;

/** Whether a value is a JSON object: neither null nor an array. */
export const isJsonRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value);
