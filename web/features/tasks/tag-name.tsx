import type { TagOfTask } from "./task";

/** A tag with its colour as a dot, so that its name is readable whatever the colour. */
export function TagName({ tag: { name, color } }: { tag: Pick<TagOfTask, "name" | "color"> }) {
  return (
    <>
      <span
        aria-hidden
        className="size-2 shrink-0 rounded-full border border-control"
        style={color ? { backgroundColor: color, borderColor: color } : undefined}
      />
      <span className="truncate">{name}</span>
    </>
  );
}
