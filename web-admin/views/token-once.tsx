// Shows a new token, this once.
import { useState } from "preact/hooks";
import type { UserToken } from "../api/answers.ts";
import { Dialog } from "./dialog.tsx";

export const TokenOnce = ({ token: { name, token }, onClose }: { token: UserToken; onClose(): void }) => {
  const [isCopied, setCopied] = useState(false);
  // Browsers have a clipboard on secure origins only.
  const copy = () => navigator.clipboard?.writeText(token).then(() => setCopied(true));
  return (
    <Dialog title={`The token of ${name}`} kind="modal" onClose={onClose}>
      <p>It is shown this once and kept nowhere. It travels in the header Authorization: Bearer TOKEN.</p>
      <p class="token">
        <code>{token}</code>
      </p>
      <p class="buttons">
        <span role="status">{isCopied && "Copied."}</span>
        <button type="button" class="secondary" onClick={copy}>
          Copy
        </button>
        <button type="button" class="primary" onClick={onClose}>
          Done
        </button>
      </p>
    </Dialog>
  );
};
