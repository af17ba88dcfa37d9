// A refusal as OpenAI words it: status, and {error: {message, type, code, param}}.

/** What stands inside `error` of an OpenAI error body, and inside `error` events. */
export interface ErrorDetail {
  message: string;
  type: string;
  code: string | null;
  param: string | null;
}

export class OpenAiError extends Error {
  readonly status: number;
  readonly detail: ErrorDetail;

  constructor(status: number, code: string | null, message: string, param: string | null = null) {
    super(message);
    this.name = "OpenAiError";
    this.status = status;
    this.detail = { message, type: "invalid_request_error", code, param };
  }
}

/** The body OpenAI sends with a refusal. */
export const errorBody = (error: OpenAiError): string =>
  JSON.stringify({ error: error.detail }, undefined, 2);

/** The refusal of everything that still speaks the interface removed in May 2026. */
export const betaRefusal = (): OpenAiError =>
  new OpenAiError(
    400,
    "beta_api_shape_disabled",
    "The Realtime Beta API is no longer supported. Please use /v1/realtime/client_secrets, /v1/realtime/calls and the GA session shape.",
  );
