"use client";

import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import type { ComponentType, KeyboardEvent, ReactNode } from "react";
import { ErrorNotice } from "@/components/error-notice";
import { Skeleton } from "@/components/ui/skeleton";
import { useAssistant } from "@/lib/assistant";
import { cn } from "@/lib/cn";
import { PanelHeader } from "./parts/panel-header";

// The panel covers the whole page below this width.
const PHONE = "(width < 40rem)";

interface PanelProps {
  domainKey: string | undefined;
  onClose: () => void;
  onOpenTask: (id: string) => void;
}

interface Props {
  /** The domain key of the official ChatKit window. Without it, the panel is our own. */
  domainKey: string | undefined;
  /** Return the form of a task, by its id. */
  renderTask: (id: string, onClose: () => void) => ReactNode;
  children: ReactNode;
}

/** The page, with the assistant beside it. The code of the panel is loaded when it opens first. */
export function AssistantFrame({ domainKey, renderTask, children }: Props) {
  const { isOpen, request, close } = useAssistant();
  const [task, setTask] = useState<string | null>(null);
  const { Panel, error, load } = usePanel(isOpen);
  const isPhone = useIsPhone();
  const opener = useRef<Element>(null);

  // A layout effect, because the panel takes the focus in an effect.
  useLayoutEffect(() => {
    if (request && !isInPanel(document.activeElement)) opener.current = document.activeElement;
  }, [request]);

  function closePanel() {
    close();
    const button = document.querySelector<HTMLElement>("[aria-controls=assistant]");
    const target = opener.current instanceof HTMLElement && opener.current.isConnected ? opener.current : button;
    // After the page is shown again: an inert element can't have the focus.
    requestAnimationFrame(() => (target === document.body ? button : target)?.focus());
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Escape" || event.defaultPrevented || event.nativeEvent.isComposing) return;
    event.preventDefault();
    closePanel();
  }

  return (
    <>
      <div inert={isOpen && isPhone} className={cn(isOpen && "lg:pr-104")}>
        {children}
      </div>
      {/* Hidden, not removed: closing the panel must not end the conversation. */}
      <aside
        id="assistant"
        aria-label="Assistant"
        hidden={!isOpen}
        onKeyDown={onKeyDown}
        className="fixed inset-y-0 right-0 z-30 flex w-full flex-col border-l border-line bg-surface shadow-floating sm:w-104"
      >
        {Panel && <Panel domainKey={domainKey} onClose={closePanel} onOpenTask={setTask} />}
        {!Panel && isOpen && (
          <>
            <PanelHeader onClose={closePanel} />
            <div className="p-4">
              {error ? <ErrorNotice error={error} onRetry={load} /> : <Skeleton className="h-24" />}
            </div>
          </>
        )}
      </aside>
      {task !== null && renderTask(task, () => setTask(null))}
    </>
  );
}

function usePanel(isWanted: boolean) {
  const [Panel, setPanel] = useState<ComponentType<PanelProps> | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    if (!isWanted || Panel) return;
    let isCurrent = true;
    import("./panel").then(
      (loaded) => isCurrent && setPanel(() => loaded.Panel),
      (failure: unknown) => isCurrent && setError(failure),
    );
    return () => {
      isCurrent = false;
    };
  }, [isWanted, Panel, attempt]);

  function load() {
    setError(null);
    setAttempt((count) => count + 1);
  }
  return { Panel, error, load };
}

function useIsPhone(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(PHONE);
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => matchMedia(PHONE).matches,
    () => false,
  );
}

function isInPanel(element: Element | null): boolean {
  return Boolean(element?.closest("#assistant"));
}
