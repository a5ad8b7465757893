import { describe, expect, test } from "vitest";
import { addDays, instantOf, wallTime } from "./zone";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "America/St_Johns",
  "Africa/Casablanca",
];

// The days in 2026 on which clocks change in the time zones above.
const CHANGES = ["02-15", "03-08", "03-22", "03-29", "04-05", "10-04", "10-25", "11-01"].map((day) => `2026-${day}`);

describe("local time", () => {
  test.each([
    ["2026-07-01T12:30:00Z", "Europe/Berlin", "2026-07-01", "14:30"],
    ["2026-12-31T23:30:00Z", "Asia/Kolkata", "2027-01-01", "05:00"],
    ["2026-01-01T04:59:00Z", "America/New_York", "2025-12-31", "23:59"],
    ["2026-01-01T00:00:59.999999Z", "UTC", "2026-01-01", "00:00"],
  ])("%s in %s is %s %s", (instant, zone, date, time) => {
    expect(wallTime(instant, zone)).toEqual({ date, time });
  });
});

describe("converting to an instant and back", () => {
  test.each(ZONES)("keeps every half hour on the days when clocks change, in %s", (zone) => {
    for (const day of CHANGES) {
      for (let minutes = -720; minutes < 2160; minutes += 30) {
        const wall = wallTime(Date.parse(`${day}T00:00Z`) + minutes * 60_000, zone);
        expect(wallTime(instantOf(wall, zone), zone)).toEqual(wall);
      }
    }
  });

  test.each(["1900-01-02", "1999-12-31", "9998-12-30"])("works for %s", (date) => {
    const wall = { date, time: "23:59" };
    expect(wallTime(instantOf(wall, "Europe/Berlin"), "Europe/Berlin")).toEqual(wall);
  });
});

describe("when the clocks change", () => {
  test("a skipped time is shifted by an hour", () => {
    const instant = instantOf({ date: "2026-03-29", time: "02:30" }, "Europe/Berlin");
    expect(instant).toBe("2026-03-29T01:30:00.000Z");
    expect(wallTime(instant, "Europe/Berlin").time).toBe("03:30");
  });

  test("a time that occurs twice is the first of the two instants", () => {
    expect(instantOf({ date: "2026-10-25", time: "02:30" }, "Europe/Berlin")).toBe("2026-10-25T00:30:00.000Z");
  });

  test("times before and after the change have different offsets", () => {
    expect(instantOf({ date: "2026-03-29", time: "01:59" }, "Europe/Berlin")).toBe("2026-03-29T00:59:00.000Z");
    expect(instantOf({ date: "2026-03-29", time: "03:00" }, "Europe/Berlin")).toBe("2026-03-29T01:00:00.000Z");
  });
});

describe("days", () => {
  test("are added across the ends of months and years", () => {
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
  });
});
