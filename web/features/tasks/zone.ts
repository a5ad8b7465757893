/** A date and a time as a clock on the wall shows them: "2026-03-29" and "14:30". */
export interface WallTime {
  date: string;
  time: string;
}

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Returns what the clocks of `zone` show at a moment, without its seconds. */
export function wallTime(moment: string | number, zone: string): WallTime {
  const shown = new Date(onTheWall(new Date(moment).getTime(), zone)).toISOString();
  return { date: shown.slice(0, 10), time: shown.slice(11, 16) };
}

/**
 * Returns the moment at which the clocks of `zone` show `wall`. What they show twice is the first
 * of both; what they skip is as much later as they are put forward.
 */
export function momentOf({ date, time }: WallTime, zone: string): string {
  const shown = Date.parse(`${date}T${time}:00Z`);
  const before = shown - offsetMs(shown - DAY_MS, zone);
  const after = shown - offsetMs(shown + DAY_MS, zone);
  const moments = [before, after].filter((moment) => onTheWall(moment, zone) === shown);
  return new Date(moments.length ? Math.min(...moments) : before).toISOString();
}

/** Returns the date `days` later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Returns when a day begins in `zone`; where the clocks skip midnight, that is later. */
export function startOfDay(date: string, zone: string): string {
  return momentOf({ date, time: "00:00" }, zone);
}

function offsetMs(moment: number, zone: string): number {
  return onTheWall(moment, zone) - Math.floor(moment / 1000) * 1000;
}

// As if the clocks of the zone were in UTC, so that Date can count with it.
function onTheWall(moment: number, zone: string): number {
  const parts = new Map(format(zone).formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
}

// Making one costs more than all that is asked of it.
function format(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, made);
  return made;
}
