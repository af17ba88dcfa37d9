// The port to what is known of responses that run in the background: OpenAI tells their usage whenever they are fetched, and bills it once.

/** What budgets hold for one, since it began. */
export interface HeldForResponse {
  tokens: number;
  /** Billionths of a US dollar. */
  costNanoUsd: number;
}

export interface BackgroundResponses {
  /** Notes what budgets hold for one that has begun. */
  begin(id: string, held: HeldForResponse): Promise<void>;
  /** To be asked with the usage: what budgets hold for it, and undefined where it is booked already, by whatever replica. */
  claim(id: string): Promise<HeldForResponse | undefined>;
}
