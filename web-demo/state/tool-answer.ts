// Formats a tool call's arguments and answer: rows for a flat object, JSON text for anything else.

export type Layout = { kind: "rows"; rows: [name: string, value: string][] } | { kind: "text"; text: string };

const isScalar = (value: unknown): boolean => value === null || typeof value !== "object";

const scalarText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Formats any JSON value. */
export const layOut = (value: unknown): Layout => {
  if (typeof value === "string") return { kind: "text", text: value };
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.length > 0 && entries.length <= 8 && entries.every(([, part]) => isScalar(part)))
      return { kind: "rows", rows: entries.map(([name, part]) => [name, scalarText(part)]) };
  }
  return { kind: "text", text: JSON.stringify(value, null, 2) ?? "" };
};

/** Formats arguments as the model wrote them, which may be no JSON. */
export const layOutArguments = (text: string): Layout => {
  try {
    return layOut(JSON.parse(text || "{}"));
  } catch {
    return { kind: "text", text };
  }
};
