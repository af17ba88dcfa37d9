// The recipes of the emulator's page, as files in a folder of their own.
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exampleIn } from "./documentation.ts";

const root = new URL("../../", import.meta.url).pathname;

/** Below the checkout, where the packages are found. */
export const recipeFolder = async (): Promise<string> => {
  await mkdir(join(root, "test-output"), { recursive: true });
  return mkdtemp(join(root, "test-output/recipes-"));
};

/** Writes the example of that name, with the checkout in the package's place. */
export const writeRecipe = async (
  folder: string,
  name: string,
  edit = (text: string) => text,
): Promise<void> => {
  const text = edit(exampleIn("docs/emulator.md", "ts", `<!-- example: ${name} -->`));
  const emulator = join(root, "emulator/emulator.ts");
  await writeFile(join(folder, name), text.replace("realtime-key-broker/emulator", emulator));
};
