// The entry. The only place that reads the environment.
import { withoutLineEnds } from "./config/environment.ts";
import { start } from "./start.ts";

await start(withoutLineEnds(process.env), process.argv.slice(2));
