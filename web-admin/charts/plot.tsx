// A chart of uPlot's as a component: as wide as its place, in the colours of the scheme, with a tooltip.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Colours, readColours } from "./colours.ts";

export interface PlotProps {
  /** One sentence for those who do not see it; the table beside it has the figures. */
  label: string;
  height: number;
  /** Positions 0, 1, 2, …, then the values of each series. */
  data: uPlot.AlignedData;
  /** Changes when anything of `series` or the axes does. */
  identity: string;
  series(colours: Colours): uPlot.Series[];
  /** What stands below a position. */
  name(position: number): string;
  value(value: number): string;
  tooltip(position: number): ComponentChildren;
}

const LABEL_WIDTH = 64;
const FONT = "11px system-ui, sans-serif";

export const Plot = (props: PlotProps) => {
  const place = useRef<HTMLDivElement>(null);
  const [position, setPosition] = useState<{ index: number; left: number }>();
  const scheme = useScheme();
  const { data, identity, label, height } = props;
  const latest = useRef(props);
  latest.current = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: identity and data say when it is another chart
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const chart = new uPlot(optionsOf(latest.current, element.clientWidth, setPosition), data, element);
    const resize = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      chart.destroy();
      setPosition(undefined);
    };
  }, [data, identity, scheme, height]);
  const width = place.current?.clientWidth ?? 0;
  const isRight = position !== undefined && position.left > width / 2;
  const offset = isRight
    ? { right: `${width - position.left + 14}px` }
    : { left: `${(position?.left ?? 0) + 14}px` };
  return (
    <div class="plot" style={{ height: `${height}px` }}>
      <div ref={place} role="img" aria-label={label} />
      {position && position.index < (data[0]?.length ?? 0) && (
        <div class="tooltip" style={offset} aria-hidden="true">
          {props.tooltip(position.index)}
        </div>
      )}
    </div>
  );
};

type SetPosition = (position: { index: number; left: number } | undefined) => void;

const optionsOf = (props: PlotProps, width: number, setPosition: SetPosition): uPlot.Options => {
  const colours = readColours();
  const count = props.data[0]?.length ?? 0;
  const axis: uPlot.Axis = { stroke: colours.ink, font: FONT, ticks: { show: false } };
  const grid = { stroke: colours.line, width: 1 };
  return {
    width,
    height: props.height,
    legend: { show: false },
    padding: [10, 6, 0, 0],
    scales: {
      x: { time: false, range: [-0.5, count - 0.5] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.06 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 6,
        grid: { show: false },
        splits: ({ width: all }) => everyNth(count, Math.max(1, Math.ceil((count * LABEL_WIDTH) / all))),
        values: (_, positions) => positions.map(props.name),
      },
      {
        ...axis,
        size: 58,
        gap: 8,
        space: 44,
        grid,
        values: (_, values) =>
          values.map((value) => (Number.isInteger(value) || value > 0 ? props.value(value) : "")),
      },
    ],
    series: [{}, ...props.series(colours)],
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    hooks: {
      setCursor: [
        ({ cursor: { idx, left = -1 }, bbox }) => {
          if (idx == null || left < 0) setPosition(undefined);
          else setPosition({ index: idx, left: left + bbox.left / devicePixelRatio });
        },
      ],
    },
  };
};

const everyNth = (count: number, step: number): number[] =>
  Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);

/** Changes when the reader's scheme does. */
const useScheme = (): boolean => {
  const [isDark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const change = () => setDark(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return isDark;
};
