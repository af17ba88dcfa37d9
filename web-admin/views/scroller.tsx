// A region that scrolls by itself where its content is too wide or too long, with the keyboard too.
import type { ComponentChildren } from "preact";

type Props = { children: ComponentChildren } & ({ label: string } | { labelledBy: string });

export const Scroller = ({ children, ...named }: Props) => (
  <section
    class="scroller"
    {...("label" in named ? { "aria-label": named.label } : { "aria-labelledby": named.labelledBy })}
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    tabIndex={0}
  >
    {children}
  </section>
);
