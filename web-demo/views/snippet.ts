// The code that adds voice to the reader's own page, ready to copy.
import { part, setText } from "./part.ts";

const COPIED_MS = 2000;

// Short lines: the column is narrow, and wrapped code is hard to read.
const lines = (origin: string): string => `<deep-chat></deep-chat>
<script type="module">
// from npm: deep-chat/dist
import "/deepChat.bundle.js";
import { brokerClient, connectDeepChat }
  from "${origin}/client.js";

connectDeepChat(
  document.querySelector("deep-chat"),
  brokerClient({ token: userToken }),
  { onTranscript: console.log },
);
</script>`;

const copy = async (text: string, code: HTMLElement): Promise<string> => {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    // Without permission, or over http: the text is selected, and the reader copies it.
    getSelection()?.selectAllChildren(code);
    return "Selected";
  }
};

/** Draws the snippet for this broker's address. */
export const snippetView = (origin: string): void => {
  const frame = part("snippet", HTMLElement);
  const code = frame.querySelector("code");
  const button = part("copy", HTMLButtonElement);
  if (!code) return;
  const text = lines(origin);
  // Focusable, so that the arrow keys scroll it sideways.
  frame.tabIndex = 0;
  code.textContent = text;
  setText(
    part("snippet-note", HTMLElement),
    "List your page's origin under cors.origins in broker.yaml. userToken is a string, or a function that fetches one.",
  );
  button.addEventListener("click", async () => {
    button.textContent = await copy(text, code);
    setTimeout(() => setText(button, "Copy"), COPIED_MS);
  });
};
