// The lines that add voice to a page of the reader's own, ready to copy.
import { part, setText } from "./part.ts";

const COPIED_MS = 2000;

const lines = (origin: string): string => `<deep-chat id="voice"></deep-chat>
<script type="module">
  import "/deepChat.bundle.js"; // npm: deep-chat/dist
  import { brokerClient, connectDeepChat } from "${origin}/client.js";

  const broker = brokerClient({ token: () => user.token });
  connectDeepChat(document.querySelector("#voice"), broker, {
    onTranscript: (line) => console.log(line.role, line.text),
    onError: (problem) => console.warn(problem.message),
  });
</script>`;

const copy = async (text: string, code: HTMLElement): Promise<string> => {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    // Without permission, or over http: the reader copies what is selected.
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
  // It scrolls sideways, with the arrow keys too.
  frame.tabIndex = 0;
  code.textContent = text;
  setText(
    part("snippet-note", HTMLElement),
    "The broker must list your page's origin under cors.origins in broker.yaml.",
  );
  button.addEventListener("click", async () => {
    button.textContent = await copy(text, code);
    setTimeout(() => setText(button, "Copy"), COPIED_MS);
  });
};
