import { PRIORITY_NAMES } from "./task";
import { FIRST_VIEW, UNTAGGED, toggled } from "./view";
import type { Due, View } from "./view";

export const DUE_NAMES: Record<Due, string> = {
  any: "Any time",
  overdue: "Overdue",
  today: "Today",
  week: "Next 7 days",
  none: "No due date",
};

interface Filter {
  name: string;
  /** The view without this filter. */
  without: View;
}

/** Return every filter of a view with its name. An unknown tag is named by its value in the URL. */
export function filtersOf(view: View, tags: readonly { id: string; name: string }[]): Filter[] {
  const tagName = (tag: string) => tags.find(({ id }) => id === tag)?.name ?? tag;
  const dueFilter = view.due === "none" ? DUE_NAMES.none : `Due: ${DUE_NAMES[view.due].toLowerCase()}`;
  return [
    ...(view.search ? [{ name: `“${view.search}”`, without: { ...view, search: "" } }] : []),
    ...(view.due === FIRST_VIEW.due ? [] : [{ name: dueFilter, without: { ...view, due: FIRST_VIEW.due } }]),
    ...view.priorities.map((priority) => ({
      name: priority === "none" ? "No priority" : `${PRIORITY_NAMES[priority]} priority`,
      without: { ...view, priorities: toggled(view.priorities, priority) },
    })),
    ...view.tags.map((tag) => ({
      name: tag === UNTAGGED ? "Untagged" : `Tag: ${tagName(tag)}`,
      without: { ...view, tags: toggled(view.tags, tag) },
    })),
  ];
}
