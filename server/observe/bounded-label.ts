// Labels whose values others choose: every series is kept until the process ends.

/** The label for a value: the first `max` distinct values label themselves, all later ones are `other`. */
export const boundedLabel = (max: number): ((value: string) => string) => {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= max) return "other";
    known.add(value);
    return value;
  };
};
