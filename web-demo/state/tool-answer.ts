// Lays a tool call's arguments and answer out for reading: rows where it is flat, JSON text where it is not.

export type Layout = { kind: "rows"; rows: [name: string, value: string][] } | { kind: "text"; text: string };

const isScalar = (value: unknown): boolean => value === null || typeof value !== "object";

const scalarText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Lays out any JSON value. */
export const layOut = (value: unknown): Layout => {
  if (typeof value === "string") return { kind: "text", text: value };
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.length > 0 && entries.length <= 8 && entries.every(([, part]) => isScalar(part)))
      return { kind: "rows", rows: entries.map(([name, part]) => [name, scalarText(part)]) };
  }
  return { kind: "text", text: JSON.stringify(value, null, 2) ?? "" };
};

/** Lays out arguments as the model wrote them: JSON text, if it kept to the form. */
export const layOutArguments = (text: string): Layout => {
  try {
    return layOut(JSON.parse(text || "{}"));
  } catch {
    return { kind: "text", text };
  }
};
