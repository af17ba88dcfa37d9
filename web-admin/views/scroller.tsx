// A region that scrolls by itself where its content is too wide or too long, with the keyboard too.
import type { ComponentChildren } from "preact";

interface Props {
  label: string;
  children: ComponentChildren;
}

export const Scroller = ({ label, children }: Props) => (
  <section
    class="scroller"
    aria-label={label}
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    tabIndex={0}
  >
    {children}
  </section>
);
