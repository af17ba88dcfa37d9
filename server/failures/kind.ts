// An entry of the catalogue of refusals, and the sentences for users that several entries share.

export interface Kind {
  status: number;
  title: string;
  /** What the developer or caller can do, as `/problems/<code>` says it. */
  advice: string;
  /** A sentence that a page can show to its user, who knows neither this service nor its terms. */
  userMessage: string;
}

export const forUsers = {
  unavailable: "Voice is not available at the moment. Please try again in a minute.",
  busy: "Too much is going on at the moment. Please try again in a minute.",
  signIn: "Please sign in again, then start anew.",
  noAccess: "You have no access to this. Please ask the people who run this page.",
  pageFault: "Something on this page does not work. Please tell the people who run it.",
  toolFailed: "That did not work. Please try again in a moment.",
};
