// Which fields of OpenAI's requests are not texts, and which refer to texts that are not in the request. Pure.

/** Fields for ids, kinds and settings in OpenAI's own structures. Their values are single words; one with a space is a text. */
const settings = new Set([
  ...[
    "call_id",
    "caller_id",
    "container_id",
    "file_id",
    "id",
    "item_id",
    "tool_call_id",
    "approval_request_id",
  ],
  ...["background", "detail", "effort", "execution", "format", "include", "input_fidelity", "modalities"],
  ...["model", "object", "output_format", "phase", "prompt_cache_key", "prompt_cache_retention", "quality"],
  ...["reasoning_effort", "response_format", "role", "safety_identifier", "service_tier", "size", "status"],
  ...["stream_format", "style", "tool_choice", "truncation", "type", "user", "verbosity", "voice"],
]);
const WORD = /^[\w.:/+@-]{0,128}$/;

/** Fields for images, sounds and what OpenAI has encrypted. They are not checked. */
const media = new Set([
  ...["b64_json", "data", "encrypted_content", "image_url", "known_speaker_references", "url"],
]);
const BASE64 = /^[\w+/=-]*$/;
const ADDRESS = /^(?:data:(?:image|audio)\/[\w.+-]{1,64};base64,[\w+/=-]*|https?:\/\/[!-~]{1,8192})$/;

/** Whether a string in one of OpenAI's own structures is a text. `type` is that of the object around it. */
export const isText = (name: string, value: string, type: unknown): boolean => {
  if (settings.has(name)) return !WORD.test(value);
  if (media.has(name)) return !(BASE64.test(value) || ADDRESS.test(value));
  if (name === "result" && type === "image_generation_call") return !BASE64.test(value);
  return true;
};

/** OpenAI's own structures. In any other object every string is a text. */
const structures = new Set([
  ...["audio", "content", "custom", "file", "format", "function", "function_call", "functions", "image_url"],
  ...[
    "images",
    "input",
    "input_audio",
    "input_image_mask",
    "input_reference",
    "json_schema",
    "mask",
    "messages",
    "output",
    "prediction",
    "reasoning",
  ],
  ...["response_format", "summary", "text", "tool_calls", "tool_choice", "tools"],
]);
export const isStructure = (name: string): boolean => structures.has(name);

/** Fields in which callers, or earlier answers, choose names and values freely: no field in them is a reference. */
const free = new Set([
  ...[
    "annotations",
    "arguments",
    "input_schema",
    "metadata",
    "output_schema",
    "parameters",
    "results",
    "schema",
  ],
]);
export const isFree = (name: string): boolean => free.has(name);

/** Names of OpenAI's API and of JSON Schema. All other names are texts, such as the properties of a caller's schema. */
const known = new Set([
  ...settings,
  ...media,
  ...structures,
  ...free,
  ...["action", "additionalProperties", "allOf", "allowed_domains", "anyOf", "approximate"],
  ...["attributes", "authorization", "city", "code", "commands", "compact_threshold", "const"],
  ...["context_management", "country", "default", "definition", "description", "enum", "environment"],
  ...["file_data", "filename", "filters", "frequency_penalty", "grammar", "headers", "image"],
  ...["include_usage", "index", "instructions", "items", "language", "logit_bias", "logprobs", "logs"],
  ...["max_completion_tokens", "max_output_tokens", "max_tokens", "maximum", "metadata", "minimum"],
  ...["mode", "moderation", "n", "name", "outputs", "parallel_tool_calls", "presence_penalty"],
  ...["prompt", "properties", "queries", "refusal", "region", "required", "result", "score", "seed"],
  ...["server_label", "speed", "stop", "store", "stream", "stream_options", "strict", "suffix"],
  ...["syntax", "temperature", "timezone", "top_logprobs", "top_p", "usage", "user_location"],
  ...["web_search_options"],
]);
export const isKnownName = (name: string): boolean => known.has(name) || /^\d{1,10}$/.test(name);

/** Credentials for an MCP server, which no model reads: they are not sent to the moderation endpoint. */
export const isCredential = (name: string, type: unknown): boolean =>
  type === "mcp" && (name === "authorization" || name === "headers");

/** Types of objects whose `file_id` is an image, and names of fields that hold one. */
const imageTypes = new Set(["computer_screenshot", "image_file", "input_image"]);
const imageFields = new Set(["image", "images", "input_image_mask", "input_reference", "mask"]);

const references = new Map<string, string>([
  ...["file_data", "file_id", "file_ids", "file_url", "input_file_id"].map(
    (name) => [name, "a file"] as const,
  ),
  ...["training_file", "validation_file"].map((name) => [name, "a file"] as const),
  ...["vector_store_id", "vector_store_ids"].map((name) => [name, "a vector store"] as const),
  ...["server_url", "connector_id", "tunnel_id"].map((name) => [name, "an MCP server"] as const),
  ...["skill_id", "skills"].map((name) => [name, "a skill"] as const),
  ...["assistant_id", "thread_id"].map((name) => [name, "an assistant or a thread"] as const),
  ...["conversation", "conversation_id"].map((name) => [name, "a conversation at OpenAI"] as const),
  ["previous_response_id", "an earlier response"],
]);

/** What a field refers to outside the request, in words for the caller; undefined where it is no reference. */
export const referenceIn = (
  name: string,
  value: unknown,
  { type, within }: { type: unknown; within: string },
): string | undefined => {
  if (value === null || value === undefined || value === "") return undefined;
  if (Array.isArray(value) && value.length === 0) return undefined;
  if (name === "file_id" && (imageTypes.has(String(type)) || imageFields.has(within))) return undefined;
  if (name === "container" && typeof value === "string") return "a container's files";
  // The item itself has the code and its output.
  if (name === "container_id" && type !== "code_interpreter_call") return "a container's files";
  if (name === "prompt" && typeof value === "object" && !Array.isArray(value)) return "a stored prompt";
  if (name === "type" && value === "item_reference") return "an item of an earlier response";
  return references.get(name);
};
