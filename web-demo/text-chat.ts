// Deep Chat as a chat in writing, for whoever cannot speak: OpenAI's chat completions, through the broker.
import "deep-chat/dist/deepChat.bundle.js";
import { type ChatMessage, chatStream } from "./chat-stream.ts";
import { part } from "./views/part.ts";

const MODEL = "gpt-5-mini";

/** What Deep Chat hands over: all that was said, and where the answer goes. */
interface Asked {
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
  /** Hears why there is no answer. */
  onRefusal(error: unknown): void;
}

const looks = { display: "block", width: "100%", height: "100%", border: "0 solid", fontFamily: "inherit" };
const bubble = { borderRadius: "14px", maxWidth: "88%", fontSize: "0.9375rem", lineHeight: "1.45" };

/** Puts the chat into its place on the page, once and for good. */
export const createTextChat = ({ token, onRefusal }: TextChatOptions): void => {
  const answer = async ({ messages }: Asked, signals: Signals): Promise<void> => {
    const stopping = new AbortController();
    signals.stopClicked.listener = () => stopping.abort();
    const said = messages.map(
      ({ role, text = "" }): ChatMessage => ({
        role: role === "ai" ? "assistant" : "user",
        content: text,
      }),
    );
    try {
      const request = { model: MODEL, messages: said, token: token(), signal: stopping.signal };
      signals.onOpen();
      for await (const text of chatStream(request)) if (text) await signals.onResponse({ text });
      signals.onClose();
    } catch (error) {
      signals.onClose();
      if (stopping.signal.aborted) return;
      // Told as the answer's own, a refusal before its first word is lost in Deep Chat.
      element.addMessage?.({ error: error instanceof Error ? error.message : "There is no answer." });
      onRefusal(error);
    }
  };
  const element: HTMLElement & { addMessage?(message: { error: string }): void } =
    document.createElement("deep-chat");
  Object.assign(element.style, looks, { background: "none" });
  Object.assign(element, {
    connect: { stream: true, handler: (asked: Asked, signals: Signals) => void answer(asked, signals) },
    // The model remembers nothing by itself.
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
  label(element);
};

// Its parts have no names of their own that a screen reader could say; they are drawn later.
const label = (element: HTMLElement): void => {
  const name = (): void => {
    element.shadowRoot?.querySelector("#text-input")?.setAttribute("aria-label", "Your message");
    element.shadowRoot?.querySelector(".input-button")?.setAttribute("aria-label", "Send");
  };
  if (element.shadowRoot)
    new MutationObserver(name).observe(element.shadowRoot, { childList: true, subtree: true });
};
