// Source as the compiler's tree, for rules about what code does.
import ts from "typescript";
import { sourceOf } from "./source.ts";

/** Every TypeScript file below some folders, parsed. */
export const treesOf = (...folders: string[]): { path: string; tree: ts.SourceFile }[] =>
  sourceOf(...folders).map(({ path, text }) => ({
    path,
    tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
  }));

/** A node and everything below it; `enter` can close a branch. */
export const nodesIn = (node: ts.Node, enter: (child: ts.Node) => boolean = () => true): ts.Node[] => {
  const below: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    if (enter(child)) below.push(...nodesIn(child, enter));
  });
  return [node, ...below];
};

/** The text of what is called or constructed, such as `Date.now` or `new Agent`. */
export const calleeOf = (node: ts.Node): string | undefined => {
  if (ts.isCallExpression(node)) return node.expression.getText();
  return ts.isNewExpression(node) ? `new ${node.expression.getText()}` : undefined;
};
