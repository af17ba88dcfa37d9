// A labelled choice among few.

interface Props<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange(value: T): void;
  isLabelHidden?: boolean;
}

export const Select = <T extends string>({
  label,
  value,
  options,
  onChange,
  isLabelHidden = true,
}: Props<T>) => (
  <label class="select">
    <span class={isLabelHidden ? "visually-hidden" : ""}>{label}</span>
    <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value as T)}>
      {options.map(([each, words]) => (
        <option key={each} value={each}>
          {words}
        </option>
      ))}
    </select>
  </label>
);
