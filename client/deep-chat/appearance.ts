// Makes Deep Chat's view usable: sized by script, no requests for fonts or pictures, buttons with names for screen readers.
import type { DeepChatElement, RealtimeService } from "./element.ts";
import type { BridgeState, DeepChatOptions } from "./options.ts";

// A disc that grows with the voice, in place of Deep Chat's picture of a person.
const avatar =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'><circle cx='32' cy='32' r='32' " +
  "fill='royalblue'/><path d='M16 27v10m8-17v24m8-29v34m8-29v24m8-17v10' stroke='white' stroke-width='4'/></svg>";

/** Deep Chat's `realtime` object: the developer's options merged over the bridge's defaults. */
export const realtimeLooks = (looks: DeepChatOptions["realtime"] = {}): object => ({
  ...looks,
  avatar: { src: avatar, maxScale: 1.6, ...looks.avatar },
  error: {
    style: { width: "90%", textAlign: "center", fontSize: "0.95em", color: "#c62828" },
    ...looks.error,
  },
});

/** Sets size and font. Call it before Deep Chat renders: without a font set, it fetches one. */
export const sizeElement = ({ style }: DeepChatElement, custom: DeepChatOptions["style"]): void => {
  const merged = {
    width: "100%",
    height: "350px",
    display: "block",
    boxSizing: "border-box",
    fontFamily: "system-ui, sans-serif",
    ...custom,
  };
  for (const [name, value] of Object.entries(merged) as ["width", string][]) style[name] ||= value;
};

const nameButton = (button: HTMLElement, signal: AbortSignal): void => {
  button.setAttribute("role", "button");
  button.tabIndex = 0;
  // Deep Chat handles Enter only, not Space.
  const press = (event: KeyboardEvent): void => {
    if (event.key !== " ") return;
    event.preventDefault();
    button.click();
  };
  button.addEventListener("keydown", press, { signal });
};

/** Names the buttons and the messages; the returned function keeps the name of the start button current. */
export const nameParts = (
  { _microphoneButton, _toggleButton, _errorElement, _loadingElement, _avatarEl }: RealtimeService,
  labels: DeepChatOptions["labels"] = {},
  signal: AbortSignal,
): ((state: BridgeState) => void) => {
  const microphone = _microphoneButton.elementRef;
  const toggle = _toggleButton.elementRef;
  nameButton(microphone, signal);
  nameButton(toggle, signal);
  _avatarEl.setAttribute("alt", "");
  _errorElement.setAttribute("role", "alert");
  _loadingElement.setAttribute("role", "status");

  const nameMicrophone = (): void => {
    const muted = microphone.classList.contains("deep-chat-openai-realtime-microphone-active");
    const name = muted ? (labels.unmute ?? "Unmute microphone") : (labels.mute ?? "Mute microphone");
    microphone.setAttribute("aria-label", name);
  };
  const observer = new MutationObserver(nameMicrophone);
  observer.observe(microphone, { attributeFilter: ["class"] });
  signal.addEventListener("abort", () => observer.disconnect());
  nameMicrophone();

  return (state) => {
    const running = state === "connecting" || state === "live";
    const name = running ? (labels.stop ?? "Stop talking") : (labels.start ?? "Start talking");
    toggle.setAttribute("aria-label", name);
  };
};

/** Shows a problem in the place of Deep Chat's "Error"; without a text, hides it. */
export const showProblem = ({ _errorElement }: RealtimeService, message: string): void => {
  _errorElement.textContent = message;
  _errorElement.style.display = message && "block";
};

/** Moves the avatar with the voice, as Deep Chat does, until the session ends. */
export const followVoice =
  (
    { _avatarEl, _avatarConfig }: RealtimeService,
    signal: AbortSignal,
  ): RealtimeService["monitorFrequencies"] =>
  (analyser, levels) => {
    const draw = (): void => {
      if (signal.aborted) return;
      analyser.getByteFrequencyData(levels);
      const loudness = levels.reduce((sum, level) => sum + level, 0) / (levels.length * 255);
      _avatarEl.style.transform = `scale(${1 + loudness * (_avatarConfig.maxScale - 1)})`;
      requestAnimationFrame(draw);
    };
    draw();
    signal.addEventListener("abort", () => {
      _avatarEl.style.transform = "";
      void (analyser.context as AudioContext).close();
    });
  };
