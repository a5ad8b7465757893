import { z } from "@/lib/zod";

const NAME_MAX = 50;

/** Suggested colours, distinguishable in both themes. Users can also type any other colour. */
export const SWATCHES = [
  { color: "#c2410c", label: "Rust" },
  { color: "#b45309", label: "Amber" },
  { color: "#4d7c0f", label: "Moss" },
  { color: "#0f766e", label: "Teal" },
  { color: "#1d6fb8", label: "Blue" },
  { color: "#6d4fc4", label: "Violet" },
  { color: "#be3a77", label: "Rose" },
  { color: "#6b7280", label: "Slate" },
] as const;

/** The values of the tag form. An empty string means no colour. */
export const tagFields = z.object({
  name: z
    .string()
    .trim()
    .min(1, "Enter a name.")
    // Counted in code points like in the service: `length` counts some characters twice.
    .refine((name) => Array.from(name).length <= NAME_MAX, `Use at most ${NAME_MAX} characters.`),
  color: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^(#([0-9a-f]{3}){1,2})?$/, "Enter a hex colour, such as #0f766e."),
});

export type FormFields = z.output<typeof tagFields>;
