// The service stops counting here if a list is filtered by tags, due dates or a search.
const COUNT_LIMIT = 1000;

/** Return a number of tasks as text; at the limit of the count it is "1000 or more". */
export function countInWords(total: number): string {
  return total === COUNT_LIMIT ? `${COUNT_LIMIT} or more` : String(total);
}
