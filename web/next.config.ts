import path from "node:path";
import type { NextConfig } from "next";

const repository = path.join(import.meta.dirname, "..");

// proxy.ts sets the Content-Security-Policy, because its nonce changes with each response.
const SECURITY_HEADERS = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
];

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: repository,
  // libsql chooses its binary at run time, so tracing does not find it.
  outputFileTracingIncludes: { "/**": ["../node_modules/@libsql/**", "../node_modules/libsql/**"] },
  turbopack: { root: repository },
  serverExternalPackages: ["libsql", "nodemailer", "pg"],
  images: { unoptimized: true },
  outputFileTracingExcludes: { "/**": ["../node_modules/sharp/**", "../node_modules/@img/**"] },
  poweredByHeader: false,
  headers: async () => [{ source: "/:path*", headers: SECURITY_HEADERS }],
};

export default config;
