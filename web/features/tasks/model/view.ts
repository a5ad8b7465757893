import type { operations } from "@/lib/service";
import { addDays, wallTime } from "./zone";

/** The filters and the sort order of the list. The page's URL contains them. */
export interface View {
  status: Status;
  priorities: readonly PriorityChoice[];
  /** Ids or names of tags, or "none" for tasks without tags. */
  tags: readonly string[];
  allTags: boolean;
  due: Due;
  search: string;
  sort: Sort;
  order: Order;
}

export type Query = NonNullable<operations["tasks_index"]["parameters"]["query"]>;
export type Sort = NonNullable<Query["sort_by"]>;
export type Order = NonNullable<Query["order"]>;
export type Status = NonNullable<Query["status"]>;
export type PriorityChoice = NonNullable<Query["priority"]>[number];
export type Due = (typeof DUES)[number];

/** Show another view; by default this adds an entry to the browser's history. */
export type ShowView = (view: View, options?: { replace?: boolean }) => void;

export const STATUSES = ["active", "completed", "all"] as const satisfies readonly Status[];
export const PRIORITY_CHOICES = ["high", "medium", "low", "none"] as const satisfies readonly PriorityChoice[];
export const DUES = ["any", "overdue", "today", "week", "none"] as const;
export const UNTAGGED = "none";
export const MAX_SEARCH = 200;
const WEEK_DAYS = 7;

/** The sort keys, each with its default direction. */
export const SORTS: Record<Sort, Order> = {
  position: "desc",
  due_date: "asc",
  priority: "desc",
  title: "asc",
  created_at: "desc",
  updated_at: "desc",
};

export const FIRST_VIEW: View = {
  status: "active",
  priorities: [],
  tags: [],
  allTags: false,
  due: "any",
  search: "",
  sort: "position",
  order: SORTS.position,
};

/** Read a view from the URL's query. An invalid value is replaced by its default. */
export function readView(params: URLSearchParams): View {
  const sort = choice(Object.keys(SORTS).filter(isSort), params.get("sort")) ?? FIRST_VIEW.sort;
  return {
    status: choice(STATUSES, params.get("status")) ?? FIRST_VIEW.status,
    priorities: PRIORITY_CHOICES.filter((priority) => params.getAll("priority").includes(priority)),
    tags: [...new Set(params.getAll("tag").filter(Boolean))],
    allTags: params.get("match") === "all",
    due: choice(DUES, params.get("due")) ?? FIRST_VIEW.due,
    search: (params.get("q") ?? "").trim().slice(0, MAX_SEARCH),
    sort,
    order: choice(["asc", "desc"] as const, params.get("order")) ?? SORTS[sort],
  };
}

/** Return the shortest URL query, including "?", that `readView` reads as this view. */
export function writeView(view: View): string {
  const params = new URLSearchParams();
  if (view.search) params.set("q", view.search);
  if (view.status !== FIRST_VIEW.status) params.set("status", view.status);
  for (const priority of view.priorities) params.append("priority", priority);
  if (view.due !== FIRST_VIEW.due) params.set("due", view.due);
  for (const tag of view.tags) params.append("tag", tag);
  if (view.allTags) params.set("match", "all");
  if (view.sort !== FIRST_VIEW.sort) params.set("sort", view.sort);
  if (view.order !== SORTS[view.sort]) params.set("order", view.order);
  const query = params.toString();
  return query && `?${query}`;
}

/** Return the query for the service. Its due dates are relative to the day of `now` in `zone`. */
export function queryOf(view: View, now: number, zone: string): Query {
  return {
    status: view.status,
    sort_by: view.sort,
    order: view.order,
    ...(view.search && { search: view.search }),
    ...(view.priorities.length > 0 && { priority: [...view.priorities] }),
    ...(view.tags.length > 0 && { tag: [...view.tags], tag_match: view.allTags ? "all" : "any" }),
    ...dueRange(view.due, wallTime(now, zone).date, zone),
  };
}

function dueRange(due: Due, today: string, zone: string): Query {
  if (due === "any") return {};
  if (due === "none") return { has_due_date: false };
  if (due === "overdue") return { overdue: true, tz: zone };
  const days = due === "today" ? 1 : WEEK_DAYS;
  return { due_after: addDays(today, -1), due_before: addDays(today, days), tz: zone };
}

/** Count the filters, without the status and the search. */
export function countFilters({ priorities, tags, due }: View): number {
  return priorities.length + tags.length + Number(due !== FIRST_VIEW.due);
}

export function isFiltered(view: View): boolean {
  return view.search !== "" || countFilters(view) > 0;
}

export function withoutFilters(view: View): View {
  const { priorities, tags, allTags, due, search } = FIRST_VIEW;
  return { ...view, priorities, tags, allTags, due, search };
}

/** Return whether tasks can be moved: the list is in the user's own order and not filtered. */
export function canReorder(view: View): boolean {
  return view.sort === "position" && !isFiltered(view);
}

export function toggled<T>(values: readonly T[], value: T): readonly T[] {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
}

export function isSort(value: string): value is Sort {
  return Object.hasOwn(SORTS, value);
}

function choice<T extends string>(choices: readonly T[], value: string | null): T | undefined {
  return choices.find((candidate) => candidate === value);
}
