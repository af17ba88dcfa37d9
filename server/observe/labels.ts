// Labels of metrics whose values come from outside: each new one costs memory for ever, so there is an end to them. Pure.

/** The label for a value: itself for the first `max` that come, `other` for all that come later. */
export const boundedLabel = (max: number): ((value: string) => string) => {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= max) return "other";
    known.add(value);
    return value;
  };
};
