"use client";

import { useEffect, useState } from "react";
import type { ComponentType, ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useService } from "@/lib/service-provider";
import { PanelHeader } from "../parts/panel-header";
import { hasConsent, saveConsent } from "./consent";
import { SCRIPT_HOST, loadScript } from "./load-script";

interface WindowProps {
  domainKey: string;
  onOpenTask: (id: string) => void;
}

interface Props extends WindowProps {
  /** The panel for users who do not want the window, and if the window can't be loaded. */
  fallback: ReactNode;
  onClose: () => void;
}

/** The official ChatKit window. Its code is loaded from its host, after the user has allowed it. */
export function OfficialWindow({ domainKey, fallback, onClose, onOpenTask }: Props) {
  const { user } = useService();
  const [choice, setChoice] = useState(() => (hasConsent(user.uuid) ? "allowed" : "asked"));
  const { ChatWindow, isFailed } = useChatWindow(choice === "allowed");

  if (choice === "refused" || isFailed) return fallback;
  return (
    <>
      <PanelHeader onClose={onClose} />
      {choice === "asked" ? (
        <div className="grid content-start gap-4 p-4 text-sm">
          <p>
            The assistant’s window is loaded from {SCRIPT_HOST}, a server of OpenAI. OpenAI then learns your IP address
            and that you use this page. Your messages are sent to this site with your sign-in, but the window shows
            them, so its code can read them.
          </p>
          <div className="flex flex-wrap gap-2">
            <Button
              onClick={() => {
                saveConsent(user.uuid);
                setChoice("allowed");
              }}
            >
              Load the window
            </Button>
            <Button tone="outline" onClick={() => setChoice("refused")}>
              Use the built-in panel
            </Button>
          </div>
        </div>
      ) : ChatWindow ? (
        <ChatWindow domainKey={domainKey} onOpenTask={onOpenTask} />
      ) : (
        <div className="p-4">
          <Skeleton className="h-24" />
        </div>
      )}
    </>
  );
}

function useChatWindow(isAllowed: boolean) {
  const [ChatWindow, setChatWindow] = useState<ComponentType<WindowProps> | null>(null);
  const [isFailed, setFailed] = useState(false);
  useEffect(() => {
    if (!isAllowed) return;
    let isCurrent = true;
    Promise.all([import("./chat-window"), loadScript()]).then(
      ([loaded]) => isCurrent && setChatWindow(() => loaded.ChatWindow),
      () => isCurrent && setFailed(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [isAllowed]);
  return { ChatWindow, isFailed };
}
