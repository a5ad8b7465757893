/** A local date and time without an offset: "2026-03-29" and "14:30". */
export interface WallTime {
  date: string;
  time: string;
}

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Return the local date and time of an instant in `zone`, without seconds. */
export function wallTime(instant: string | number, zone: string): WallTime {
  const local = new Date(localMs(new Date(instant).getTime(), zone)).toISOString();
  return { date: local.slice(0, 10), time: local.slice(11, 16) };
}

/**
 * Return the instant of a local date and time in `zone`, as an ISO string in UTC. Of a time that
 * occurs twice when clocks go back, the first instant is returned. A time that is skipped when
 * clocks go forward is shifted by the length of the gap.
 */
export function instantOf({ date, time }: WallTime, zone: string): string {
  const local = Date.parse(`${date}T${time}:00Z`);
  const before = local - offsetMs(local - DAY_MS, zone);
  const after = local - offsetMs(local + DAY_MS, zone);
  const instants = [before, after].filter((instant) => localMs(instant, zone) === local);
  return new Date(instants.length ? Math.min(...instants) : before).toISOString();
}

/** Return the date `days` days later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

function offsetMs(instant: number, zone: string): number {
  return localMs(instant, zone) - Math.floor(instant / 1000) * 1000;
}

// The local date and time, encoded as if it were UTC, so that Date can calculate with it.
function localMs(instant: number, zone: string): number {
  const parts = new Map(format(zone).formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
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

// Cached: creating a format is much slower than using it.
function format(zone: string): Intl.DateTimeFormat {
  const cached = formats.get(zone);
  if (cached) return cached;
  const created = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, created);
  return created;
}
