const MAX_ENTRIES = 50;

/** The ids of the changes that one action made, in their order. */
export type Changes = readonly string[];

// Per tab: it survives a reload and other pages, but another tab undoes its own actions.
const keyOf = (uuid: string) => `undo:${uuid}`;

function read(uuid: string): Changes[] {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(uuid)) ?? "[]") as Changes[];
  } catch {
    return []; // the browser blocks the storage
  }
}

function write(uuid: string, stack: readonly Changes[]): void {
  try {
    sessionStorage.setItem(keyOf(uuid), JSON.stringify(stack.slice(-MAX_ENTRIES)));
  } catch {
    // Without the storage, only the buttons of messages undo an action.
  }
}

/** Remember an action of a user, so that it can be undone. */
export function pushChanges(uuid: string, changes: Changes): void {
  if (changes.length > 0) write(uuid, [...read(uuid), changes]);
}

/** Forget an action, because it is undone now. */
export function dropChanges(uuid: string, changes: Changes): void {
  write(uuid, read(uuid).filter(([first]) => first !== changes[0]));
}

/** Forget the last action of a user, and return its changes; undefined if there is none. */
export function popChanges(uuid: string): Changes | undefined {
  const stack = read(uuid);
  const last = stack.pop();
  write(uuid, stack);
  return last;
}
