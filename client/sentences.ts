// Sentences for the page's user, where the broker sent none. A page in another language goes by the error's `code`.
export const sentences = {
  unavailable: "Voice is not available at the moment. Please try again in a minute.",
  unreachable: "The voice service cannot be reached. Check your connection and try again.",
  signIn: "Please sign in again, then start anew.",
  ended: "The conversation has ended. Start again to go on.",
  timeUp: "The time for this conversation is up. You can start a new one.",
  troubled: "Something went wrong with the last answer.",
};
