// The page of the modules for browsers, from their types and their comments.
import ts from "typescript";
import { page, plain } from "./markdown.ts";

const parts = ["client", "realtime", "agents", "react"] as const;
const root = new URL("../../", import.meta.url).pathname;
const sourceOf = (part: (typeof parts)[number]): string =>
  part === "client" ? `${root}client/index.ts` : `${root}client/${part}/index.ts`;

export const clientPage = (): string => {
  const program = ts.createProgram(parts.map(sourceOf), {
    allowImportingTsExtensions: true,
    jsx: ts.JsxEmit.ReactJSX,
    module: ts.ModuleKind.NodeNext,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    target: ts.ScriptTarget.ES2024,
  });
  const checker = program.getTypeChecker();
  return page(
    "Client modules",
    "What each part exports, with its types. [In the page](../client.md) shows how they are used.",
    ...parts.flatMap((part) => {
      const file = program.getSourceFile(sourceOf(part));
      const module = file && checker.getSymbolAtLocation(file);
      if (!module) throw new Error(`there is no module ${part}`);
      return [
        `## realtime-key-broker/${part}`,
        ...checker.getExportsOfModule(module).flatMap((exported) => describe(exported, checker)),
      ];
    }),
  );
};

const describe = (exported: ts.Symbol, checker: ts.TypeChecker): string[] => {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const doc = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const text = (symbol.declarations ?? []).map((declaration) => declarationOf(declaration, symbol, checker));
  return [`### ${exported.name}`, plain(doc), `\`\`\`ts\n${text.join("\n")}\n\`\`\``];
};

const declarationOf = (declaration: ts.Declaration, symbol: ts.Symbol, checker: ts.TypeChecker): string => {
  if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) {
    return declaration.getText().replace(/^export /, "");
  }
  const printed = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.WriteArrowStyleSignature;
  if (ts.isClassDeclaration(declaration)) return classOf(declaration);
  return `const ${symbol.name}: ${checker.typeToString(checker.getTypeOfSymbol(symbol), undefined, printed)}`;
};

/** A class without what its functions do. */
const classOf = (declaration: ts.ClassDeclaration): string => {
  const isShown = (member: ts.ClassElement): boolean =>
    ts.isPropertyDeclaration(member) && !(member.name && ts.isPrivateIdentifier(member.name));
  const members = declaration.members.filter(isShown).map((member) => `  ${member.getText()}`);
  const [above = ""] = declaration.heritageClauses?.map((clause) => ` ${clause.getText()}`) ?? [];
  return `class ${declaration.name?.text}${above} {\n${members.join("\n")}\n}`;
};
