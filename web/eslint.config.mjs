import next from "@next/eslint-plugin-next";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

// Who may import whom: app -> features/<noun> -> components, lib.
const ARROWS = {
  lib: ["@/app/**", "@/features/**", "@/components/**"],
  components: ["@/app/**", "@/features/**"],
  // A feature imports its own files by "./", so "@/features" is always another one.
  features: ["@/app/**", "@/features/**"],
};

const ASK = "Ask through lib/.";

function arrow([folder, forbidden]) {
  return {
    files: [`${folder}/**/*.{ts,tsx}`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: forbidden, message: `${folder}/ imports only what stands below it.` },
            { group: ["../*"], message: "Import other folders by @/, so that the arrows are seen." },
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: [".next/", "next-env.d.ts", "lib/service.d.ts"] },
  ...tseslint.configs.strict,
  next.configs["core-web-vitals"],
  hooks.configs.flat["recommended-latest"],
  {
    files: ["**/*.{ts,tsx}"],
    ignores: ["lib/**"],
    rules: {
      "no-restricted-globals": ["error", { name: "fetch", message: ASK }],
      "no-restricted-properties": ["error", { property: "fetch", message: ASK }],
    },
  },
  ...Object.entries(ARROWS).map(arrow),
);
