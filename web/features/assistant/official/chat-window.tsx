"use client";

import { ChatKit, useChatKit } from "@openai/chatkit-react";
import { useEffect, useRef, useState } from "react";
import { useAssistant } from "@/lib/assistant";
import { getToken } from "@/lib/auth-client";
import { createAuthorizedFetch } from "@/lib/authorized-fetch";
import { browserZone } from "@/lib/browser-zone";
import { chatUrl } from "@/lib/chat";
import { signInIfSignedOut, useService } from "@/lib/service-provider";

interface Props {
  domainKey: string;
  onOpenTask: (id: string) => void;
}

/** The official window, with our requests: each carries the token of the signed-in user. */
export function ChatWindow({ domainKey, onOpenTask }: Props) {
  const { baseUrl, user } = useService();
  const { request, refreshTasks } = useAssistant();
  const [api] = useState(() => {
    const url = chatUrl(baseUrl, user.uuid, browserZone());
    return { url, domainKey, fetch: fetchFor(url) };
  });
  const [isReady, setReady] = useState(false);
  const handled = useRef<typeof request>(null);

  const { control, focusComposer, setComposerValue } = useChatKit({
    api,
    frameTitle: "Assistant",
    theme: { colorScheme: colorScheme() },
    history: { enabled: true, showDelete: true, showRename: true },
    composer: { placeholder: "Ask, or add a task", attachments: { enabled: false } },
    startScreen: {
      greeting: "What do you have to do?",
      prompts: [
        { label: "Plan my day", prompt: "Plan my day" },
        { label: "What's overdue?", prompt: "What's overdue?" },
      ],
    },
    threadItemActions: { feedback: false, retry: false },
    widgets: {
      onAction: async ({ type, payload }) => {
        if (type === "task.open" && typeof payload?.task_id === "string") onOpenTask(payload.task_id);
      },
    },
    onClientTool: () => {
      refreshTasks();
      return {};
    },
    onEffect: ({ name }) => {
      if (name === "tasks.changed") refreshTasks();
    },
    onReady: () => setReady(true),
  });

  useEffect(() => {
    if (!isReady || !request || handled.current === request) return;
    handled.current = request;
    void (request.text ? setComposerValue({ text: request.text }) : focusComposer());
  }, [isReady, request, focusComposer, setComposerValue]);

  return <ChatKit control={control} className="min-h-0 w-full flex-1" />;
}

/** Return a `fetch` for the window. It sends the token to the endpoint at `url` only. */
function fetchFor(url: string): typeof fetch {
  const fetchWithToken = createAuthorizedFetch({ getToken });
  const endpoint = pathOf(url);
  return async (input, init) => {
    const request = new Request(input, init);
    if (pathOf(request.url) !== endpoint) throw new TypeError(`A request to ${request.url} is not allowed`);
    try {
      return await fetchWithToken(request);
    } catch (error) {
      signInIfSignedOut(error);
      throw error;
    }
  };
}

function pathOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function colorScheme(): "light" | "dark" {
  const { classList } = document.documentElement;
  if (classList.contains("light")) return "light";
  return classList.contains("dark") || matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
