"use client";

import { useMutation } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import { runBulk } from "../data/run-bulk";
import { useTaskCache } from "../data/use-task-cache";
import type { Task } from "../model/task";
import type { OfferUndo } from "../parts/use-undo";

/**
 * Delete tasks with undo. The tasks are only hidden until the undo offer expires, because a task that
 * is created again would lose its id, position, times and history. If the user leaves the page, the
 * tasks are deleted at once by a request that outlives the page. If the request fails, the tasks
 * are not deleted.
 */
export function useDeletion(offer: OfferUndo, onFailure: (ids: readonly string[], error: Error) => void) {
  const { api, user } = useService();
  const cache = useTaskCache();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const openOffers = useRef(new Set<() => void>());

  const show = useCallback(
    (ids: readonly string[]) => setHidden((all) => new Set([...all].filter((id) => !ids.includes(id)))),
    [],
  );

  const { mutate } = useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: (ids: readonly string[]) =>
      runBulk(api, user.uuid, { action: "delete", task_ids: [...ids] }, { keepalive: true }),
    onSuccess: (_, ids) => cache.remove(ids),
    onError: (error, ids) => onFailure(ids, error),
    onSettled: (_, __, ids) => {
      show(ids);
      void cache.refresh();
    },
  });

  useEffect(() => {
    const offers = openOffers.current;
    const expireAll = () => offers.forEach((expire) => expire());
    const expireIfHidden = () => document.visibilityState === "hidden" && expireAll();
    window.addEventListener("pagehide", expireAll);
    document.addEventListener("visibilitychange", expireIfHidden);
    return () => {
      window.removeEventListener("pagehide", expireAll);
      document.removeEventListener("visibilitychange", expireIfHidden);
      expireAll();
    };
  }, []);

  function remove(tasks: readonly Task[]) {
    const ids = tasks.map(({ id }) => id);
    setHidden((all) => new Set([...all, ...ids]));
    const message = tasks.length === 1 ? `Deleted “${tasks[0]?.title}”.` : `Deleted ${tasks.length} tasks.`;
    const expire = offer(message, {
      undo: () => {
        openOffers.current.delete(expire);
        show(ids);
      },
      onExpired: () => {
        openOffers.current.delete(expire);
        mutate(ids);
      },
    });
    openOffers.current.add(expire);
  }

  return { hidden, remove, removeNow: mutate };
}
