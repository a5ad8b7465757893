"use client";

import { useMutation } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import { deleteTasks } from "./changes";
import { useTaskCache } from "./queries";
import type { Task } from "./task";
import type { OfferUndo } from "./undo";

/**
 * Deletes tasks with undo. They are only hidden until the offer has passed: a task that was made
 * anew would lose its id, its place, its times and its history. Whoever leaves has them deleted
 * then, by a request that outlives the page. If that fails too, the tasks are still there.
 */
export function useDeletion(offer: OfferUndo, onFailure: (ids: readonly string[], error: Error) => void) {
  const { api, person } = useService();
  const cache = useTaskCache();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const open = useRef(new Set<() => void>());

  const show = useCallback(
    (ids: readonly string[]) => setHidden((all) => new Set([...all].filter((id) => !ids.includes(id)))),
    [],
  );

  const { mutate } = useMutation({
    mutationKey: tasksKey(person.uuid),
    mutationFn: (ids: readonly string[]) => deleteTasks(api, person.uuid, ids),
    onSuccess: (_, ids) => cache.remove(ids),
    onError: (error, ids) => onFailure(ids, error),
    onSettled: (_, __, ids) => {
      show(ids);
      void cache.refresh();
    },
  });

  useEffect(() => {
    const offers = open.current;
    const passAll = () => offers.forEach((pass) => pass());
    const passIfHidden = () => document.visibilityState === "hidden" && passAll();
    window.addEventListener("pagehide", passAll);
    document.addEventListener("visibilitychange", passIfHidden);
    return () => {
      window.removeEventListener("pagehide", passAll);
      document.removeEventListener("visibilitychange", passIfHidden);
      passAll();
    };
  }, []);

  function remove(tasks: readonly Task[]) {
    const ids = tasks.map(({ id }) => id);
    setHidden((all) => new Set([...all, ...ids]));
    const message = tasks.length === 1 ? `Deleted “${tasks[0]?.title}”.` : `Deleted ${tasks.length} tasks.`;
    const pass = offer(message, {
      undo: () => {
        open.current.delete(pass);
        show(ids);
      },
      passed: () => {
        open.current.delete(pass);
        mutate(ids);
      },
    });
    open.current.add(pass);
  }

  return { hidden, remove, removeNow: mutate };
}
