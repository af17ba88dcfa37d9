// The entry. The only place that reads the environment.
import { start } from "./start.ts";

await start(process.env, process.argv.slice(2));
