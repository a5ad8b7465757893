"use client";

import { useCallback, useState } from "react";
import type { RowFailure } from "./task-row";

/** Keeps what went wrong with which task, to be shown in its row. */
export function useFailures() {
  const [failures, setFailures] = useState<ReadonlyMap<string, RowFailure>>(new Map());

  const clear = useCallback((ids: readonly string[]) => {
    setFailures((all) => new Map([...all].filter(([id]) => !ids.includes(id))));
  }, []);

  const report = useCallback(
    (ids: readonly string[], error: Error, again: () => void) => {
      const retry = () => {
        clear(ids);
        again();
      };
      setFailures((all) => new Map([...all, ...ids.map((id) => [id, { error, retry }] as const)]));
    },
    [clear],
  );

  return { failures, report, clear };
}
