// Builds the operator's page: hashed files under /admin/assets, nothing inline, each also compressed.
import { defineConfig } from "vite";
import { precompress } from "../web-demo/precompress.ts";

export default defineConfig({
  root: import.meta.dirname,
  // The page may stand below any path.
  base: "./",
  publicDir: false,
  plugins: [precompress()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/web-admin",
    // The page is at /admin, without a slash at its end: its files are found from the root.
    assetsDir: "admin/assets",
    emptyOutDir: true,
    target: "es2022",
    // The page's content security policy allows no inlined script.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
});
