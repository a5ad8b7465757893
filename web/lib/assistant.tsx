"use client";

import { useQueryClient } from "@tanstack/react-query";
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import { useService } from "./service-provider";
import { refetchTasks, tasksKey } from "./tasks";

interface Assistant {
  isOpen: boolean;
  /** The last request of the user to open the assistant: a new object each time. Null after a reload. */
  request: { text: string } | null;
  /** Open the assistant, go to the message field, and add `text` to it. */
  open: (text?: string) => void;
  close: () => void;
  /** Refetch tasks and tags in this tab and in the user's other tabs. */
  refreshTasks: () => void;
}

const AssistantContext = createContext<Assistant | null>(null);

/** Return the state of the assistant, and the functions by which other features use it. */
export function useAssistant(): Assistant {
  const assistant = useContext(AssistantContext);
  if (!assistant) throw new Error("useAssistant must be used inside an AssistantProvider");
  return assistant;
}

export function AssistantProvider({ children }: { children: ReactNode }) {
  const { user } = useService();
  const isOpen = useSyncExternalStore(
    subscribe,
    () => readOpen(user.uuid),
    () => false,
  );
  const [request, setRequest] = useState<Assistant["request"]>(null);
  const refreshTasks = useRefreshTasks();
  const value = useMemo(
    () => ({
      isOpen,
      request,
      open: (text = "") => {
        setRequest({ text });
        writeOpen(user.uuid, true);
      },
      close: () => writeOpen(user.uuid, false),
      refreshTasks,
    }),
    [user.uuid, isOpen, request, refreshTasks],
  );
  return <AssistantContext value={value}>{children}</AssistantContext>;
}

function useRefreshTasks(): () => void {
  const { user } = useService();
  const queries = useQueryClient();
  const channel = useRef<BroadcastChannel>(null);

  const refresh = useCallback(() => {
    // A running mutation shows its change already, and refetches when it ends.
    if (queries.isMutating({ mutationKey: tasksKey(user.uuid) }) > 0) return;
    void refetchTasks(queries, user.uuid);
  }, [queries, user.uuid]);

  useEffect(() => {
    const opened = new BroadcastChannel(`tasks:${user.uuid}`);
    opened.addEventListener("message", refresh);
    channel.current = opened;
    return () => opened.close();
  }, [refresh, user.uuid]);

  return useCallback(() => {
    refresh();
    channel.current?.postMessage(null);
  }, [refresh]);
}

// Per user and tab, so that the panel is open again after a reload.
const keyOf = (uuid: string) => `assistant-open:${uuid}`;
const opened = new Map<string, boolean>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function readOpen(uuid: string): boolean {
  let isOpen = opened.get(uuid);
  if (isOpen === undefined) {
    try {
      isOpen = sessionStorage.getItem(keyOf(uuid)) !== null;
    } catch {
      isOpen = false; // the browser blocks the storage
    }
    opened.set(uuid, isOpen);
  }
  return isOpen;
}

function writeOpen(uuid: string, isOpen: boolean): void {
  opened.set(uuid, isOpen);
  try {
    if (isOpen) sessionStorage.setItem(keyOf(uuid), "open");
    else sessionStorage.removeItem(keyOf(uuid));
  } catch {
    // Without the storage, the panel is closed after a reload.
  }
  listeners.forEach((listener) => listener());
}
