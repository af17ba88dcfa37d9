// The text of a thrown value.

/** The message of an error, or the value itself as text. */
export const words = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
