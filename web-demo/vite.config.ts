// Builds the voice page: hashed files under /assets, nothing inline, each also compressed.
import { defineConfig } from "vite";
import { precompress } from "./precompress.ts";

export default defineConfig({
  root: import.meta.dirname,
  // The page may stand below any path.
  base: "./",
  publicDir: false,
  plugins: [precompress()],
  build: {
    outDir: "../dist/web-demo",
    emptyOutDir: true,
    target: "es2022",
    // The page's content security policy allows no inlined script.
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      // Deep Chat changes less often than the page: in a file of its own it stays cached.
      output: { codeSplitting: { groups: [{ name: "deep-chat", test: /node_modules/ }] } },
    },
  },
});
