"use client";

import { useSearchParams } from "next/navigation";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { readView, writeView } from "./view";
import type { View } from "./view";

const listeners = new Set<() => void>();
const announce = () => listeners.forEach((listener) => listener());

function subscribe(listener: () => void) {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

// Not by Next's router: it would ask the server for the page anew.
function show(next: View, { replace = false } = {}) {
  const address = window.location.pathname + writeView(next);
  if (replace) window.history.replaceState(null, "", address);
  else window.history.pushState(null, "", address);
  announce();
}

/**
 * Returns the view that the address holds, and what leads to another one. Next tells of a new
 * address later than a checkbox can wait to show its tick, so the address itself is read.
 */
export function useView() {
  const params = useSearchParams();
  const search = useSyncExternalStore(
    subscribe,
    () => window.location.search,
    () => params.toString(),
  );
  useEffect(announce, [params]); // a link to this page changes the address in silence
  const view = useMemo(() => readView(new URLSearchParams(search)), [search]);
  return { view, show };
}

export type ShowView = typeof show;
