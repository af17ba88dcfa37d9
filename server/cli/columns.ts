// Rows of a terminal's table, as lines of aligned columns.

/** The first row is the heading. Columns named in `numbers` are aligned to the right; those without any content are left out. */
export const columns = (
  rows: readonly (readonly string[])[],
  numbers: ReadonlySet<string> = new Set(),
): string[] => {
  const [heading = [], ...lines] = rows;
  const shown = heading.map((_, at) => at).filter((at) => lines.some((cells) => (cells[at] ?? "") !== ""));
  const widths = new Map(
    shown.map((at) => [at, Math.max(...rows.map((cells) => cells[at]?.length ?? 0))] as const),
  );
  const padded = (cells: readonly string[], at: number): string => {
    const cell = cells[at] ?? "";
    const width = widths.get(at) ?? 0;
    return numbers.has(heading[at] ?? "") ? cell.padStart(width) : cell.padEnd(width);
  };
  return rows.map((cells) =>
    shown
      .map((at) => padded(cells, at))
      .join("  ")
      .trimEnd(),
  );
};
