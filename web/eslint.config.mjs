import next from "@next/eslint-plugin-next";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

// app -> features/<noun> -> components, lib. Each layer with the imports that are forbidden in it.
const LAYERS = {
  lib: ["@/app/**", "@/features/**", "@/components/**"],
  components: ["@/app/**", "@/features/**"],
  // A feature imports its own files by relative paths, so "@/features" is always another feature.
  features: ["@/app/**", "@/features/**"],
};

// Inside a feature: page -> rooms -> data, parts -> model. Each room with the rooms that it may import.
const ROOMS = {
  model: [],
  "{data,parts}": ["model"],
  "!(model|data|parts)": ["data", "parts", "model"],
};

const USE_LIB = "Send requests through lib/.";

function restrictImports(folder, patterns) {
  return { files: [`${folder}/**/*.{ts,tsx}`], rules: { "no-restricted-imports": ["error", { patterns }] } };
}

function layer([folder, forbidden]) {
  return restrictImports(folder, [
    { group: forbidden, message: `${folder}/ must not import a layer above it.` },
    { group: ["../*"], message: "Import other folders by @/." },
  ]);
}

function room([folder, allowed]) {
  return restrictImports(`features/*/${folder}`, [
    { group: LAYERS.features, message: "features/ must not import a layer above it." },
    {
      regex: `^\\.\\./(?!(${allowed.join("|")})/[^.])`,
      message: "Inside a feature: page -> rooms -> data, parts -> model.",
    },
  ]);
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
      "no-restricted-globals": ["error", { name: "fetch", message: USE_LIB }],
      "no-restricted-properties": ["error", { property: "fetch", message: USE_LIB }],
    },
  },
  ...Object.entries(LAYERS).map(layer),
  ...Object.entries(ROOMS).map(room),
  {
    files: ["features/*/model/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "ImportDeclaration[source.value=/^(react|next|@tanstack)/]",
          message: "model/ must not depend on React.",
        },
      ],
    },
  },
);
