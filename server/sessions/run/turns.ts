// Whose turn it is: the model answers once at a time, so what it is to say next waits for what it is saying. Pure.

export interface Turns {
  readonly isAnswering: boolean;
  began(responseId: string): void;
  ended(responseId: string): void;
  /** OpenAI refused what was sent, as the model is answering already. */
  refused(): void;
  /** What the model was doing was not seen. */
  forget(): void;
  /** Asks for a response; of several that wait, one. */
  ask(): void;
}

/** More at once than OpenAI allows would be a fault; they are forgotten. */
const MAX_ACTIVE = 16;

/** `send` asks OpenAI for a response. */
export const createTurns = (send: () => void): Turns => {
  const active = new Set<string>();
  let isAsked = false;
  let isWaiting = false;
  let mayRepeat = true;

  const sendNow = () => {
    isAsked = true;
    isWaiting = false;
    send();
  };
  return {
    get isAnswering() {
      return active.size > 0;
    },
    began: (responseId) => {
      if (active.size === MAX_ACTIVE) active.clear();
      active.add(responseId);
      isAsked = false;
    },
    ended: (responseId) => {
      active.delete(responseId);
      if (isWaiting && active.size === 0) sendNow();
    },
    refused: () => {
      if (!isAsked) return;
      isAsked = false;
      // Once more after the response that was in the way, not for ever.
      if (mayRepeat) isWaiting = true;
      mayRepeat = false;
    },
    forget: () => {
      active.clear();
      isAsked = false;
      if (isWaiting) sendNow();
    },
    ask: () => {
      mayRepeat = true;
      if (active.size > 0 || isAsked) isWaiting = true;
      else sendNow();
    },
  };
};
