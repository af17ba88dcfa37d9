// Names OpenAI's endpoints for metrics and traces: few names, whatever path a caller asks for.

/** Those with traffic worth a name of their own, without ids and what stands behind them. */
const named = [
  "audio/speech",
  "audio/transcriptions",
  "audio/translations",
  "batches",
  "chat/completions",
  "completions",
  "embeddings",
  "files",
  "images/edits",
  "images/generations",
  "models",
  "moderations",
  "realtime/calls",
  "responses",
  "vector_stores",
] as const;

export type Endpoint = (typeof named)[number] | "realtime" | "other";

/** `path` is that of the request here, without its query: `/v1/responses/resp_1` → `responses`. */
export const endpointOf = (path: string): Endpoint => {
  const below = path.startsWith("/v1/") ? path.slice("/v1/".length) : "";
  const found = named.find((name) => below === name || below.startsWith(`${name}/`));
  if (found) return found;
  return below === "realtime" ? "realtime" : "other";
};
