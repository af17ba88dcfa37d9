// The range, the time zone and the filters: all that narrows what is shown.
import { useState } from "preact/hooks";
import { filterWords, rangeWords } from "../format/words.ts";
import { filterNames, localTimeZone, ranges, type Shown } from "../state/address.ts";
import { dateOf, type Moments } from "../state/range.ts";
import type { Go } from "../state/use-address.ts";
import { useFocus } from "../state/use-focus.ts";
import { Select } from "./select.tsx";

interface Props {
  shown: Shown;
  moments: Moments;
  go: Go;
}

export const Toolbar = ({ shown, moments, go }: Props) => (
  <section class="toolbar" aria-label="What is shown">
    <fieldset class="segments">
      <legend class="visually-hidden">Time range</legend>
      {ranges.map((range) => (
        <button
          type="button"
          key={range}
          aria-pressed={range === shown.range}
          onClick={() => go(chosen(range, shown, moments))}
        >
          {rangeWords[range].brief}
        </button>
      ))}
    </fieldset>
    {shown.range === "custom" && <CustomRange shown={shown} go={go} />}
    <Select
      label="Time zone"
      value={shown.timeZone}
      options={timeZones(shown.timeZone)}
      onChange={(timeZone) => go({ timeZone })}
    />
    <Filters shown={shown} go={go} />
  </section>
);

/** A custom range begins as the one before. */
const chosen = (range: Shown["range"], { timeZone }: Shown, { since, until }: Moments): Partial<Shown> =>
  range === "custom" ? { range, from: dateOf(since, timeZone), to: dateOf(until, timeZone) } : { range };

const CustomRange = ({ shown: { from = "", to = "" }, go }: Pick<Props, "go" | "shown">) => (
  <span class="dates">
    <label>
      <span class="visually-hidden">From</span>
      <input
        type="date"
        value={from}
        max={to}
        onChange={({ currentTarget: { value } }) => value && go({ from: value })}
      />
    </label>
    <span aria-hidden="true">–</span>
    <label>
      <span class="visually-hidden">To</span>
      <input
        type="date"
        value={to}
        min={from}
        onChange={({ currentTarget: { value } }) => value && go({ to: value })}
      />
    </label>
  </span>
);

const timeZones = (current: string): [string, string][] => {
  const own = localTimeZone();
  const first = [...new Set([current, own, "UTC"])];
  const others = Intl.supportedValuesOf("timeZone").filter((zone) => !first.includes(zone));
  return [...first, ...others].map((zone) => [zone, zone === own && own !== "UTC" ? `${zone} (here)` : zone]);
};

const Filters = ({ shown, go }: Pick<Props, "go" | "shown">) => {
  const { filters } = shown;
  const [adding, setAdding] = useState(false);
  const without = (name: string) =>
    Object.fromEntries(Object.entries(filters).filter(([each]) => each !== name));
  return (
    <div class="filters">
      {filterNames.map((name) => {
        const value = filters[name];
        if (value === undefined) return null;
        return (
          <span class="chip" key={name}>
            <span>
              {filterWords[name]}: <b>{value || "none"}</b>
            </span>
            <button
              type="button"
              aria-label={`Remove the filter ${filterWords[name]}`}
              onClick={() => go({ filters: without(name) })}
            >
              ×
            </button>
          </span>
        );
      })}
      {adding ? (
        <FilterForm
          onAdd={(name, value) => {
            setAdding(false);
            go({ filters: { ...filters, [name]: value } });
          }}
          onCancel={() => setAdding(false)}
        />
      ) : (
        <button type="button" class="quiet add" onClick={() => setAdding(true)}>
          Add filter
        </button>
      )}
    </div>
  );
};

const FilterForm = ({ onAdd, onCancel }: { onAdd(name: string, value: string): void; onCancel(): void }) => {
  const [name, setName] = useState<(typeof filterNames)[number]>("user");
  const [value, setValue] = useState("");
  const field = useFocus<HTMLInputElement>();
  return (
    <form
      class="filter-form"
      onSubmit={(event) => {
        event.preventDefault();
        onAdd(name, value.trim());
      }}
      onKeyDown={({ key }) => key === "Escape" && onCancel()}
    >
      <Select
        label="Filter by"
        value={name}
        options={filterNames.map((each) => [each, filterWords[each]])}
        onChange={(chosen) => setName(chosen)}
      />
      <input
        aria-label="Value"
        placeholder={name === "user" ? "user:alice" : name === "kind" ? "relay" : ""}
        value={value}
        ref={field}
        onInput={({ currentTarget }) => setValue(currentTarget.value)}
      />
      <button type="submit" class="secondary">
        Add
      </button>
    </form>
  );
};
