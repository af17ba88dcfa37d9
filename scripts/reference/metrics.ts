// The page of the metrics, from what the registry itself says of them.
import { readdirSync, readFileSync } from "node:fs";
import { prometheusMetrics } from "../../server/observe/metrics.prom.ts";
import { code, page, plain, table } from "./markdown.ts";

const folder = new URL("../../server/observe/", import.meta.url);
const source = readdirSync(folder)
  .filter((file) => file.endsWith(".prom.ts"))
  .map((file) => readFileSync(new URL(file, folder), "utf8"))
  .join("\n");

export const metricsPage = async (): Promise<string> => {
  const { body } = await prometheusMetrics().render();
  const own = [...body.matchAll(/^# HELP (broker_\w+) (.*)\n# TYPE \S+ (\w+)$/gm)];
  return page(
    "Metrics",
    `\`GET /metrics\` answers in Prometheus' format, to callers under \`metrics.allow\`, or on a port of its own. Node's own metrics stand
beside these. [Observability](../observability.md) says what to look at.`,
    table(
      ["Metric", "Type", "Labels", "What it counts"],
      own.map(([, name = "", help = "", type = ""]) => [code(name), type, labelsOf(name), plain(help)]),
    ),
  );
};

// The text of a series without values has no labels yet.
const labelsOf = (metric: string): string => {
  const [, labels = ""] =
    new RegExp(`name: "${metric}",[^}]*?labelNames: \\[([^\\]]*)\\]`).exec(source) ?? [];
  return labels
    .split(",")
    .map((label) => label.replaceAll(/["\s]/g, ""))
    .filter((label) => label !== "")
    .map(code)
    .join(", ");
};
