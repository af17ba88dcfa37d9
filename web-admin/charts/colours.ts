// The charts' colours, resolved for the canvas: it knows no custom properties.

/** As many as there are `--series-…` in the style sheet, the last one for all others. */
export const SERIES = 7;

export interface Colours {
  series: readonly string[];
  ink: string;
  line: string;
  surface: string;
}

/** What the style sheet says in the current scheme. */
export const readColours = (): Colours => {
  const probe = document.createElement("span");
  document.body.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    series: Array.from({ length: SERIES }, (_, index) => read(`series-${index + 1}`)),
    ink: read("ink-soft"),
    line: read("line"),
    surface: read("surface"),
  };
  probe.remove();
  return colours;
};
