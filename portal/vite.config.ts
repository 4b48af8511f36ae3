import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { leanHls } from "./tools/vite/leanHls";
import { mendHls } from "./tools/vite/mendHls";
import { ownLanguagesOnly } from "./tools/vite/ownLanguagesOnly";

/** Where a running stack answers, for `npm run dev`: everything but the portal's own files goes there. */
const stack = process.env.DAM_PORTAL_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), ownLanguagesOnly(), mendHls(), leanHls()],
  resolve: { alias: { "@": resolve(import.meta.dirname, "src") } },
  build: {
    target: "es2023",
    // Inlined assets would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        portal: resolve(import.meta.dirname, "index.html"),
        share: resolve(import.meta.dirname, "share.html"),
        conformance: resolve(import.meta.dirname, "conformance.html"),
      },
    },
    manifest: true,
    // tools/publish.mjs puts it in the place of dist/.
    outDir: ".build",
    emptyOutDir: true,
  },
  worker: { format: "es" },
  server: {
    proxy: {
      "/api": stack,
      "/_allauth": stack,
      "/ws": { target: stack, ws: true },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
  },
});
