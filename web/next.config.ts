import path from "node:path";
import type { NextConfig } from "next";

const repository = path.join(import.meta.dirname, "..");

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: repository,
  // libsql picks its binary by the name of the machine, which tracing can't follow.
  outputFileTracingIncludes: { "/**": ["../node_modules/@libsql/**", "../node_modules/libsql/**"] },
  turbopack: { root: repository },
  serverExternalPackages: ["libsql", "pg"],
  images: { unoptimized: true },
  outputFileTracingExcludes: { "/**": ["../node_modules/sharp/**", "../node_modules/@img/**"] },
  poweredByHeader: false,
};

export default config;
