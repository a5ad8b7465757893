"use client";

import { useCallback, useState } from "react";
import type { RowError } from "./task-row";

/** Store the error of each task, so that its row can show the error. */
export function useRowErrors() {
  const [errors, setErrors] = useState<ReadonlyMap<string, RowError>>(new Map());

  const clear = useCallback((ids: readonly string[]) => {
    setErrors((all) => new Map([...all].filter(([id]) => !ids.includes(id))));
  }, []);

  const report = useCallback(
    (ids: readonly string[], error: Error, run: () => void) => {
      const retry = () => {
        clear(ids);
        run();
      };
      setErrors((all) => new Map([...all, ...ids.map((id) => [id, { error, retry }] as const)]));
    },
    [clear],
  );

  return { errors, report, clear };
}
