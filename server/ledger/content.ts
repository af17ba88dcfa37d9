// What was said in a request: kept beside its record, and only where an operator has turned that on.

/** What a relayed request can have. */
export const relayContents = ["prompts", "answers"] as const;
/** What a tool call can have. */
export const toolContents = ["tool_arguments", "tool_results"] as const;

export const contentKinds = [...relayContents, ...toolContents] as const;
export type ContentKind = (typeof contentKinds)[number];

/** What of a request is kept; none where nothing is. */
export type Recorded = readonly ContentKind[];

export interface Content {
  requestId: string;
  /** When it was kept: milliseconds since 1970. */
  at: number;
  kind: ContentKind;
  /** Bounded and without credentials, as an `Excerpt` makes it. */
  text: string;
  /** Whether it was longer. */
  isCut: boolean;
}
