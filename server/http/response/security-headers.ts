// The security header fields of every answer.

/** An answer's own fields override these: the voice page has a policy of its own. */
export const securityHeaders = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
} as const;

/** For requests that arrived over https only: browsers use https for two years. */
export const insistOnHttps = { "strict-transport-security": "max-age=63072000" } as const;
