"use client";

import { useSearchParams } from "next/navigation";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { readView, writeView } from "../model/view";
import type { ShowView } from "../model/view";

const listeners = new Set<() => void>();
const notify = () => listeners.forEach((listener) => listener());

function subscribe(listener: () => void) {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

// Not through Next's router, which would request the page from the server again.
const show: ShowView = (next, { replace = false } = {}) => {
  const url = window.location.pathname + writeView(next);
  if (replace) window.history.replaceState(null, "", url);
  else window.history.pushState(null, "", url);
  notify();
};

/**
 * Return the view that the page's URL contains, and the function that shows another view. The URL is
 * read directly because Next reports a changed URL too late: a checkbox would lose its tick.
 */
export function useView() {
  const params = useSearchParams();
  const search = useSyncExternalStore(
    subscribe,
    () => window.location.search,
    () => params.toString(),
  );
  useEffect(notify, [params]); // a link to this page changes the URL without a popstate event
  const view = useMemo(() => readView(new URLSearchParams(search)), [search]);
  return { view, show };
}
