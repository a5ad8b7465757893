"use client";

import { useEffect, useState } from "react";

const TICK_MS = 30_000;

/** Return the current time, updated every 30 s, so that tasks become overdue on an open page. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
