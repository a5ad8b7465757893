import { ColorDot } from "@/components/color-dot";
import type { TagOfTask } from "./task";

/** A tag with its colour as a dot, so that its name is readable whatever the colour. */
export function TagName({ tag: { name, color } }: { tag: Pick<TagOfTask, "name" | "color"> }) {
  return (
    <>
      <ColorDot color={color} className="size-2" />
      <span className="truncate">{name}</span>
    </>
  );
}
