// The Grafana dashboard in deploy/, as far as tests read it.
import { readSource } from "./source.ts";

export interface Panel {
  id: number;
  title: string;
  type: string;
  gridPos: { x: number; y: number; w: number; h: number };
  /** Rows have none. */
  targets?: { expr: string }[];
}

export const dashboard = (): { panels: Panel[] } => JSON.parse(readSource("deploy/grafana/dashboard.json"));

/** Each query, as Prometheus understands it without Grafana's variables. */
export const queries = (): { title: string; expr: string }[] =>
  dashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      expr: expr.replaceAll("$__rate_interval", "30s").replaceAll(/\$(?:job|instance)/g, ".*"),
    })),
  );

/** The names of metrics in expressions, as they stand behind `# TYPE`. */
export const metricsIn = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(/\b(?:broker|nodejs|process)_\w+/g)].map(([name]) =>
      name.replace(/(?<=_seconds)_(?:bucket|count|sum)$/, ""),
    ),
  ),
];
