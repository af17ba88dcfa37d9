// An error response of OpenAI: status, and {error: {message, type, code, param}}.

/** The value of `error` in an OpenAI error body and in `error` events. */
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

/** The body of OpenAI's error responses. */
export const errorBody = (error: OpenAiError): string =>
  JSON.stringify({ error: error.detail }, undefined, 2);

/** The error for clients of the beta interface, which was removed in May 2026. */
export const betaRefusal = (): OpenAiError =>
  new OpenAiError(
    400,
    "beta_api_shape_disabled",
    "The Realtime Beta API is no longer supported. Please use /v1/realtime/client_secrets, /v1/realtime/calls and the GA session shape.",
  );
