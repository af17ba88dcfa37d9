// The manifests of deploy/kubernetes: valid, and in line with what the service says of itself.
import { beforeAll, describe, expect, it } from "vitest";
import { configOf } from "../support/configuration.ts";
import { secondsToStop, unknownVariables } from "../support/deployed-settings.ts";
import { buildOverlay, type Manifest, schemaError, typeErrors } from "../support/kubernetes.ts";

const token = { OPERATOR_TOKEN: "operator-0123456789abcdef" };

const isKubernetes = ({ apiVersion }: Manifest) => !apiVersion.startsWith("secrets-store.");

describe.each(["env-secrets", "csi-secrets"])("the overlay %s", (name) => {
  let manifests: Manifest[];
  beforeAll(async () => {
    manifests = await buildOverlay(name);
  });
  const find = (kind: string): Manifest => {
    const found = manifests.find((manifest) => manifest.kind === kind);
    if (!found) throw new Error(`there is no ${kind}`);
    return found;
  };
  const container = () => find("Deployment").spec.template.spec.containers[0];
  const settings = () =>
    manifests.find(({ metadata }) => metadata.name.startsWith("broker-settings"))?.data ?? {};

  it("is what Kubernetes' schemas and types allow", async () => {
    const kubernetes = manifests.filter(isKubernetes);
    expect(kubernetes.length).toBeGreaterThan(7);
    expect((await Promise.all(kubernetes.map(schemaError))).filter(Boolean)).toEqual([]);
    expect(typeErrors(kubernetes)).toEqual([]);
  });

  it("has settings that exist, and a broker.yaml that loads", () => {
    const named: string[] = container().env.map((each: { name: string }) => each.name);
    expect(unknownVariables([...named, ...Object.keys(settings())])).toEqual([]);
    const yaml = manifests.find(({ metadata }) => metadata.name === "broker-configuration")?.data[
      "broker.yaml"
    ];
    expect(Object.keys(configOf(yaml, token).profiles)).toEqual(["default"]);
  });

  it("gives a pod the time that it takes to stop", () => {
    const { terminationGracePeriodSeconds } = find("Deployment").spec.template.spec;
    const pause = container().lifecycle.preStop.sleep.seconds;
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(pause + secondsToStop(settings()));
  });

  it("sends connections, probes and Prometheus to ports on which the service listens", () => {
    const ports = Object.fromEntries(
      container().ports.map(({ name, containerPort }: Record<string, unknown>) => [name, containerPort]),
    );
    expect(ports).toEqual({ http: 8787, metrics: Number(settings().METRICS_PORT) });
    expect(find("Service").spec.ports[0].targetPort).toBe("http");
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"])
      expect(container()[probe].httpGet.port).toBe("http");
    const { annotations } = find("Deployment").spec.template.metadata;
    expect(annotations["prometheus.io/port"]).toBe(settings().METRICS_PORT);
  });

  it("runs as the restricted profile wants it", () => {
    const { securityContext, automountServiceAccountToken } = find("Deployment").spec.template.spec;
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(container().securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(automountServiceAccountToken).toBe(false);
  });

  it("selects the pods it makes", () => {
    const { labels } = find("Deployment").spec.template.metadata;
    const selectors = [
      find("Deployment").spec.selector.matchLabels,
      find("Service").spec.selector,
      find("PodDisruptionBudget").spec.selector.matchLabels,
      find("NetworkPolicy").spec.podSelector.matchLabels,
    ];
    for (const selector of selectors) {
      expect(Object.keys(selector).length).toBeGreaterThan(0);
      expect(labels).toMatchObject(selector);
    }
  });
});

it("a field that Kubernetes does not have is found", async () => {
  const wrong = { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { port: [] } };
  expect(typeErrors([wrong])).toEqual([expect.stringContaining(`'"port"' does not exist`)]);
  const missing = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec: {} };
  expect(await schemaError(missing)).toContain("Deployment a: ");
});

it("the autoscaler goes by requests in flight where the adapter is", async () => {
  const byRequests = (await buildOverlay("csi-secrets")).find(
    ({ kind }) => kind === "HorizontalPodAutoscaler",
  );
  const names = byRequests?.spec.metrics.map(
    (metric: { pods?: { metric: { name: string } }; resource?: { name: string } }) =>
      metric.pods?.metric.name ?? metric.resource?.name,
  );
  expect(names).toEqual(["cpu", "broker_http_requests_in_flight"]);
});
