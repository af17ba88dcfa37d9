// The manifests of deploy/, built by kubectl and checked against Kubernetes' own schemas: by values, and by types for names that do not exist.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import ts from "typescript";
import { parseAllDocuments } from "yaml";
import { installed } from "./debian.ts";
import { root } from "./source.ts";

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  // biome-ignore lint/suspicious/noExplicitAny: what a manifest has is for the schemas to say.
  [field: string]: any;
}

/** What `kubectl apply --kustomize` would send. */
export const buildOverlay = async (name: string): Promise<Manifest[]> => {
  // Debian 12's is too old for `labels` and `components`; that of Debian 13, and Kubernetes' own packages, have them.
  const kubectl = await installed("/usr/{,local/}bin/kubectl", "kubernetes-client");
  const folder = `${root}deploy/kubernetes/overlays/${name}`;
  const { stdout } = await promisify(execFile)(kubectl, ["kustomize", folder]);
  return parseAllDocuments(stdout).map((document) => document.toJS());
};

const moduleOf = ({ apiVersion, kind }: Manifest): string => `kubernetes-models/${apiVersion}/${kind}`;

/** What Kubernetes' schema of its kind finds wrong: missing fields, wrong types and forms. */
export const schemaError = async (manifest: Manifest): Promise<string | undefined> => {
  const { [manifest.kind]: Model } = await import(moduleOf(manifest));
  try {
    new Model(manifest).validate();
    return undefined;
  } catch (error) {
    return `${manifest.kind} ${manifest.metadata.name}: ${error instanceof Error ? error.message : error}`;
  }
};

const checked = `${root}test/manifests.ts`;

/** What the types made of these schemas find wrong: fields that do not exist too, which the API server would drop or refuse. */
export const typeErrors = (manifests: readonly Manifest[]): string[] => {
  const lines = manifests.map((manifest, index) => {
    const { kind } = manifest;
    const type = `import("${moduleOf(manifest)}").I${kind}`;
    return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  const options: ts.CompilerOptions = {
    ...{ noEmit: true, strict: true, skipLibCheck: true, types: [] },
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const text = lines.join("\n");
  host.getSourceFile = (name, ...rest) =>
    name === checked
      ? ts.createSourceFile(name, text, ts.ScriptTarget.ESNext)
      : getSourceFile.call(host, name, ...rest);
  host.fileExists = (name) => name === checked || fileExists.call(host, name);
  host.readFile = (name) => (name === checked ? text : readFile.call(host, name));
  const program = ts.createProgram([checked], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
};
