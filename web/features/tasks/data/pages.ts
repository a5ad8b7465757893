import type { InfiniteData } from "@tanstack/react-query";
import type { Task } from "../model/task";

export interface TaskPage {
  items: Task[];
  total: number;
  next_cursor: string | null;
}

/** The loaded pages of a list, as TanStack Query caches them. */
export type Pages = InfiniteData<TaskPage>;

/** Return all loaded tasks. A task that moved from one page to another is included once. */
export function tasksIn({ pages }: Pages): Task[] {
  return [...new Map(pages.flatMap(({ items }) => items).map((task) => [task.id, task])).values()];
}

export function changeTasks(data: Pages, ids: ReadonlySet<string>, change: (task: Task) => Task): Pages {
  const changed = (task: Task) => (ids.has(task.id) ? change(task) : task);
  return mapPages(data, (page) => ({ ...page, items: page.items.map(changed) }));
}

export function removeTasks(data: Pages, ids: ReadonlySet<string>): Pages {
  const removed = tasksIn(data).filter(({ id }) => ids.has(id)).length;
  return mapPages(data, (page) => ({
    ...page,
    items: page.items.filter(({ id }) => !ids.has(id)),
    total: Math.max(0, page.total - removed),
  }));
}

/** Move a task to the position of another task. Every page keeps its length. */
export function moveTask(data: Pages, from: string, to: string): Pages {
  const order = moved(tasksIn(data), from, to);
  let start = 0;
  return mapPages(data, (page) => {
    const items = order.slice(start, start + page.items.length);
    start += page.items.length;
    return { ...page, items };
  });
}

/**
 * Return the task ids of a move for the service, lowest position first. Only the tasks between the
 * two positions are included: all other tasks keep their positions.
 */
export function reorderedIds(shown: readonly Task[], from: string, to: string, order: "asc" | "desc"): string[] {
  const source = shown.findIndex(({ id }) => id === from);
  const target = shown.findIndex(({ id }) => id === to);
  if (source < 0 || target < 0 || source === target) return [];
  const [first, last] = [Math.min(source, target), Math.max(source, target)];
  const ids = moved(shown, from, to)
    .slice(first, last + 1)
    .map(({ id }) => id);
  return order === "asc" ? ids : ids.reverse();
}

/** Return `items` with the item `from` at the position of the item `to`. */
function moved<T extends { id: string }>(items: readonly T[], from: string, to: string): T[] {
  const order = [...items];
  const source = order.findIndex(({ id }) => id === from);
  const target = order.findIndex(({ id }) => id === to);
  if (source < 0 || target < 0) return order;
  order.splice(target, 0, ...order.splice(source, 1));
  return order;
}

function mapPages(data: Pages, change: (page: TaskPage) => TaskPage): Pages {
  return { ...data, pages: data.pages.map(change) };
}
