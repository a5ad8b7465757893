import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      "@": here("."),
      // Only Next resolves this module, which marks code for the server.
      "server-only": here("../node_modules/next/dist/compiled/server-only/empty.js"),
    },
  },
  test: { include: ["**/*.test.ts"], testTimeout: 10_000 },
});
