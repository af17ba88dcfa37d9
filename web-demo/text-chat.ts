// Deep Chat as a text chat, for pages without a microphone: OpenAI's chat completions, through the broker.
import "deep-chat/dist/deepChat.bundle.js";
import type { BrokerError } from "../client/index.ts";
import { brokerError, type ChatMessage, chatStream } from "./chat-stream.ts";
import { part } from "./views/part.ts";

const MODEL = "gpt-5-mini";

/** Deep Chat's handler arguments: the messages so far, and the callbacks for the answer. */
interface ChatRequest {
  messages: { role: string; text?: string }[];
}

interface Signals {
  onOpen(): void;
  onResponse(answer: { text: string }): Promise<void>;
  onClose(): void;
  stopClicked: { listener(): void };
}

export interface TextChatOptions {
  token(): string | undefined;
  /** Called with the reason when there is no answer. */
  onRefusal(error: BrokerError): void;
}

const looks = { display: "block", width: "100%", height: "100%", border: "0 solid", fontFamily: "inherit" };
const bubble = { borderRadius: "14px", maxWidth: "88%", fontSize: "0.9375rem", lineHeight: "1.45" };

export interface TextChat {
  /** Puts the cursor into the field, as soon as it is drawn, and keeps it there until the user does something. */
  focus(): void;
}

/** Creates the chat in its place on the page. Call it once. */
export const createTextChat = ({ token, onRefusal }: TextChatOptions): TextChat => {
  const answer = async ({ messages }: ChatRequest, signals: Signals): Promise<void> => {
    const stopping = new AbortController();
    signals.stopClicked.listener = () => stopping.abort();
    const history = messages.map(
      ({ role, text = "" }): ChatMessage => ({
        role: role === "ai" ? "assistant" : "user",
        content: text,
      }),
    );
    try {
      const request = { model: MODEL, messages: history, token: token(), signal: stopping.signal };
      signals.onOpen();
      for await (const text of chatStream(request)) if (text) await signals.onResponse({ text });
      signals.onClose();
    } catch (thrown) {
      signals.onClose();
      if (stopping.signal.aborted) return;
      const error = brokerError(thrown);
      // Deep Chat loses an error that is reported as part of the answer before the first word.
      element.addMessage?.({ error: error.userMessage });
      onRefusal(error);
    }
  };
  const element: HTMLElement & { addMessage?(message: { error: string }): void } =
    document.createElement("deep-chat");
  Object.assign(element.style, looks, { background: "none" });
  Object.assign(element, {
    connect: {
      stream: true,
      handler: (request: ChatRequest, signals: Signals) => void answer(request, signals),
    },
    // The model has no memory: each request carries all messages.
    requestBodyLimits: { maxMessages: -1 },
    errorMessages: { displayServiceErrorMessages: true },
    textInput: {
      placeholder: { text: "Write a message", style: { color: "var(--ink-soft)" } },
      styles: {
        container: {
          background: "var(--surface)",
          border: "1px solid var(--line)",
          borderRadius: "12px",
          boxShadow: "none",
        },
        text: { color: "var(--ink)", fontSize: "0.9375rem" },
      },
    },
    messageStyles: {
      default: {
        shared: { bubble },
        user: { bubble: { background: "var(--accent)", color: "var(--surface)" } },
        ai: { bubble: { background: "var(--accent-wash)", color: "var(--ink)" } },
      },
      error: { bubble: { ...bubble, background: "var(--danger-wash)", color: "var(--danger)" } },
    },
  });
  part("chat", HTMLElement).append(element);
  const field = () => element.shadowRoot?.querySelector<HTMLElement>("#text-input");
  // Deep Chat draws itself again after it was shown, and a field that is drawn again has lost the focus.
  let isFocusWanted = false;
  const keepFocus = (): void => {
    if (isFocusWanted && document.activeElement !== element) field()?.focus();
  };
  const leaveFocus = (): void => {
    isFocusWanted = false;
  };
  element.addEventListener("input", leaveFocus);
  document.addEventListener("pointerdown", leaveFocus);
  document.addEventListener("keydown", leaveFocus);
  nameParts(element, field, keepFocus);
  return {
    focus: () => {
      isFocusWanted = true;
      keepFocus();
    },
  };
};

// Deep Chat gives these parts no accessible names, and draws them later. Calls `onDrawn` each time that something was drawn.
const nameParts = (
  element: HTMLElement,
  field: () => HTMLElement | null | undefined,
  onDrawn: () => void,
): void => {
  const name = (): void => {
    field()?.setAttribute("aria-label", "Your message");
    element.shadowRoot?.querySelector(".input-button")?.setAttribute("aria-label", "Send");
    onDrawn();
  };
  if (element.shadowRoot)
    new MutationObserver(name).observe(element.shadowRoot, { childList: true, subtree: true });
  name();
};
