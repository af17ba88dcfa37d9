// A modal dialog of the browser's own, which keeps the focus and closes with Escape.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  title: string;
  /** At the side, for reading; in the middle, for deciding. */
  kind: "drawer" | "modal";
  onClose(): void;
  children: ComponentChildren;
}

export const Dialog = ({ title, kind, onClose, children }: Props) => {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser's own Escape does what a click beside it does
    <dialog
      ref={element}
      class={kind}
      aria-labelledby="dialog-title"
      onClose={onClose}
      onClick={({ target, currentTarget }) =>
        target === currentTarget && kind === "drawer" && currentTarget.close()
      }
    >
      <div class="dialog">
        <header>
          <h2 id="dialog-title">{title}</h2>
          <button
            type="button"
            class="quiet close"
            aria-label="Close"
            onClick={() => element.current?.close()}
          >
            ×
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
};
