const MAX_LENGTH = 1500;

/** Return the beginning of a message about these tasks. It names as many titles as fit. */
export function questionAbout(titles: readonly string[]): string {
  const named: string[] = [];
  let length = 0;
  for (const title of titles) {
    length += title.length;
    if (named.length > 0 && length > MAX_LENGTH) break;
    named.push(`“${title}”`);
  }
  const rest = titles.length - named.length;
  if (rest > 0) named.push(rest === 1 ? "1 more task" : `${rest} more tasks`);
  const last = named.pop();
  return `About ${named.length > 0 ? `${named.join(", ")} and ${last}` : last}: `;
}
