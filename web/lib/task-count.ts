/** Return a number of tasks as text: "1 task", "2 tasks". */
export function taskCount(count: number): string {
  return count === 1 ? "1 task" : `${count} tasks`;
}
