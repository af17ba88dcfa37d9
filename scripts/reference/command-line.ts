// The page of the command line, which is its help.
import { help } from "../../server/cli/help.ts";
import { page } from "./markdown.ts";

export const commandLinePage = (): string =>
  page(
    "Command line",
    `In a checkout or a project that has the package it is \`npx broker\`, in any other folder \`npx realtime-key-broker\`, in the container
\`broker\`. It ends with 0, with 1 where it failed, and with 2 where it was not understood.`,
    `\`\`\`text\n${help}\n\`\`\``,
  );
