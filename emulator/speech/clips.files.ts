// Loads the recordings beside this file.
import { readFile } from "node:fs/promises";
import type { Clip } from "./clips.ts";
import { readOggOpus } from "./ogg.ts";
import phrases from "./phrases.json" with { type: "json" };

export const loadClips = (): Promise<Clip[]> =>
  Promise.all(
    Object.entries(phrases).map(async ([name, words]) => ({
      words,
      packets: readOggOpus(await readFile(new URL(`${name}.opus`, import.meta.url))),
    })),
  );
