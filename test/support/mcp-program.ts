// The shop as a program that an MCP client runs; `--fail` complains and ends at once.
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createShop } from "./mcp-shop.ts";

if (process.argv.includes("--fail")) {
  process.stderr.write(`no shop for ${process.env.SHOP_KEY}\n`);
  process.exit(1);
}
serveStdio(() => createShop());
