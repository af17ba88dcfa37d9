// The model of a session, for the choice of a key.
type Json = Record<string, unknown>;

/** Undefined where none is named. A transcription session's model stands deeper. */
export const modelOf = (session: Json): string | undefined =>
  text(session.model) ?? text(part(part(part(session, "audio"), "input"), "transcription").model);

/** An object inside an object; empty where there is none. */
export const part = (value: Json, name: string): Json => {
  const inner = value[name];
  return typeof inner === "object" && inner !== null ? (inner as Json) : {};
};

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
