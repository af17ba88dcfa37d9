// The stage: the state of the connection, the orb, and the two buttons.
import type { BridgeState } from "../../client/index.ts";
import { clockText } from "../state/key-life.ts";
import type { PageState } from "../state/page-state.ts";
import type { View } from "../state/store.ts";
import { upstreamBadge } from "../state/upstream.ts";
import { part, setText } from "./part.ts";

const states: Record<BridgeState, { name: string; button: string }> = {
  idle: { name: "Ready", button: "Start talking" },
  connecting: { name: "Connecting", button: "Cancel" },
  live: { name: "Live", button: "Stop" },
  stopped: { name: "Stopped", button: "Start talking" },
  failed: { name: "Failed", button: "Start talking" },
};

const hint = ({ access, connection, key, muted }: PageState): string => {
  if (access === "token-needed" || access === "token-refused") return "Enter a token first.";
  if (access === "unreachable") return "The broker does not answer.";
  switch (connection) {
    case "idle":
      return "One press, then speak.";
    case "connecting":
      return key
        ? `Key received. Connecting to ${upstreamBadge(key.connect.webrtc).host}…`
        : "Asking for the microphone and a key…";
    case "live":
      return muted ? "Your microphone is muted." : "Listening. Speak as you would to a person.";
    case "stopped":
      return "The microphone is off.";
    case "failed":
      return "No session is open.";
  }
};

const isOpen = (connection: BridgeState): boolean => connection === "live" || connection === "connecting";

/** Draws the stage. The large button calls `start` or `stop`. */
export const stageView = (actions: { start(): void; stop(): void; toggleMute(): void }): View => {
  const stage = part("stage", HTMLElement);
  const text = part("state-text", HTMLElement);
  const elapsed = part("elapsed", HTMLElement);
  const hintText = part("state-hint", HTMLElement);
  const start = part("start", HTMLButtonElement);
  const mute = part("mute", HTMLButtonElement);
  let connection: BridgeState = "idle";

  start.addEventListener("click", () => (isOpen(connection) ? actions.stop() : actions.start()));
  mute.addEventListener("click", () => actions.toggleMute());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !isOpen(connection)) return;
    actions.stop();
  });

  return (state) => {
    connection = state.connection;
    stage.dataset.state = connection;
    stage.dataset.muted = String(state.muted);
    setText(text, states[connection].name);
    setText(
      elapsed,
      state.liveSince === undefined ? "" : clockText(Math.max(0, state.now - state.liveSince)),
    );
    setText(hintText, hint(state));
    setText(start, states[connection].button);
    start.disabled = !isOpen(connection) && state.access !== "granted";
    mute.ariaPressed = String(state.muted);
  };
};
