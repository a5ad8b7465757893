"use client";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useAssistant } from "@/lib/assistant";
import { getToken } from "@/lib/auth-client";
import { createAuthorizedFetch } from "@/lib/authorized-fetch";
import { browserZone } from "@/lib/browser-zone";
import { chatUrl, createChat } from "@/lib/chat";
import type { Chat } from "@/lib/chat";
import { signInIfSignedOut, useService } from "@/lib/service-provider";
import { readSaved, writeSaved } from "../model/saved";
import { createConversation } from "./create-conversation";

const historyKey = (uuid: string) => ["conversations", uuid] as const;

/** Return the conversation of this panel, and the client for its requests. */
export function useConversation() {
  const { baseUrl, user } = useService();
  const { refreshTasks } = useAssistant();
  const queries = useQueryClient();

  const [{ chat, store }] = useState(() => {
    const url = chatUrl(baseUrl, user.uuid, browserZone());
    const client = createChat({ url, fetch: createAuthorizedFetch({ getToken }) });
    const created = createConversation({
      chat: client,
      saved: readSaved(user.uuid),
      onSave: (saved) => writeSaved(user.uuid, saved),
      onTasksChanged: refreshTasks,
      onTurnEnd: () => void queries.invalidateQueries({ queryKey: historyKey(user.uuid) }),
      onSignedOut: signInIfSignedOut,
    });
    return { chat: client, store: created };
  });
  const state = useSyncExternalStore(store.subscribe, store.getState, store.getState);

  useEffect(() => {
    const { thread } = readSaved(user.uuid);
    if (thread) store.open({ id: thread, title: null, created_at: "" });
  }, [store, user.uuid]);

  const history = useHistory(chat);
  const { isSuccess, threads } = history;
  useEffect(() => {
    if (isSuccess) store.setKnown(threads.map(({ id }) => id));
    // Only the first page of the first load: later loads may contain the conversation that a lost response created.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [store, isSuccess]);

  return { chat, store, state, history };
}

/** Load the user's conversations, page by page, last used first. */
function useHistory(chat: Chat) {
  const { user } = useService();
  const query = useInfiniteQuery({
    queryKey: historyKey(user.uuid),
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) => chat.threads(pageParam ?? undefined, signal),
    getNextPageParam: ({ has_more, after }) => (has_more ? (after ?? null) : null),
  });
  return { ...query, threads: query.data?.pages.flatMap(({ data }) => data) ?? [] };
}

export type History = ReturnType<typeof useHistory>;

/** Rename a conversation. */
export function useRename(chat: Chat) {
  const { user } = useService();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string }) => chat.rename(id, title),
    onSettled: () => queries.invalidateQueries({ queryKey: historyKey(user.uuid) }),
  });
}

/** Delete a conversation with all its messages. */
export function useRemove(chat: Chat) {
  const { user } = useService();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => chat.remove(id),
    onSettled: () => queries.invalidateQueries({ queryKey: historyKey(user.uuid) }),
  });
}
