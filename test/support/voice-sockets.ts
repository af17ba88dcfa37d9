// One end of a carried session, as a test holds it.
import type { CarriedSocket, VoiceSocketReceiver } from "../../server/upstream/calls.ts";

export interface TestEnd extends CarriedSocket {
  /** What was sent over it, parsed. */
  sent: unknown[];
  isPaused: boolean;
  isClosed: boolean;
  /** Whether what is forwarded leaves at once. */
  isSlow: boolean;
  /** What was forwarded leaves now. */
  drain(): void;
  receiver: VoiceSocketReceiver | undefined;
  /** Its peer sends an event. */
  says(event: unknown): void;
}

export const testEnd = (): TestEnd => {
  let waiting: (() => void)[] = [];
  const end: TestEnd = {
    ...{ sent: [], isPaused: false, isClosed: false, isSlow: false, receiver: undefined },
    send: (message) => void end.sent.push(JSON.parse(message)),
    forward: (message, onSent) => {
      end.sent.push(JSON.parse(message.toString("utf8")));
      if (end.isSlow) waiting.push(onSent);
      else onSent();
    },
    drain: () => {
      for (const onSent of waiting.splice(0)) onSent();
      waiting = [];
    },
    pause: () => {
      end.isPaused = true;
    },
    resume: () => {
      end.isPaused = false;
    },
    close: () => {
      if (end.isClosed) return;
      end.isClosed = true;
      end.receiver?.onClose(1000, "");
    },
    says: (event) => end.receiver?.onMessage(Buffer.from(JSON.stringify(event))),
  };
  return end;
};
