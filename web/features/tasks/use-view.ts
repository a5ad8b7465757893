"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { readView, writeView } from "./view";
import type { View } from "./view";

/** Returns the view that the address holds, and what leads to another one. */
export function useView() {
  const params = useSearchParams();
  const view = useMemo(() => readView(new URLSearchParams(params)), [params]);

  const show = useCallback((next: View, { replace = false } = {}) => {
    const address = window.location.pathname + writeView(next);
    // Next follows both; its router would ask the server for the page anew.
    if (replace) window.history.replaceState(null, "", address);
    else window.history.pushState(null, "", address);
  }, []);

  return { view, show };
}

export type ShowView = ReturnType<typeof useView>["show"];
