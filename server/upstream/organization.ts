// The port to what OpenAI counted and charged for the whole organization, by its admin API.

/** The days of a question, in UTC: milliseconds since 1970 at which a day begins. */
export interface Days {
  since: number;
  /** Its own day is not part of it. */
  until: number;
  /** Only these projects; all where there are none. */
  projects: readonly string[];
}

/** What one key used of one model on one day. What OpenAI does not count at an endpoint is undefined. */
export interface OrganizationUsage {
  dayAt: number;
  project: string;
  keyId: string;
  model: string;
  requests: number;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  seconds: number | undefined;
}

export interface OrganizationCost {
  dayAt: number;
  project: string;
  keyId: string;
  /** The line of the bill, such as `gpt-6-luna, input_tokens`. */
  lineItem: string;
  usd: number;
}

/** Each method asks for all pages. They throw an error with a sentence for the operator. */
export interface Organization {
  usage(days: Days): Promise<OrganizationUsage[]>;
  costs(days: Days): Promise<OrganizationCost[]>;
}
