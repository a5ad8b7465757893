// What tags, due dates and a search find is counted up to here by the service.
const COUNTED = 1000;

/** Returns how many tasks there are, in words that hold where they were not counted to the end. */
export function howMany(total: number): string {
  return total === COUNTED ? `${COUNTED} or more` : String(total);
}
