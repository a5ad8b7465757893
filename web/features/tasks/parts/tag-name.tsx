import { ColorDot } from "@/components/color-dot";
import type { TagOfTask } from "../model/task";

/** A tag's name, with its colour as a dot, so that the name is readable in every colour. */
export function TagName({ tag: { name, color } }: { tag: Pick<TagOfTask, "name" | "color"> }) {
  return (
    <>
      <ColorDot color={color} className="size-2" />
      <span className="truncate">{name}</span>
    </>
  );
}
