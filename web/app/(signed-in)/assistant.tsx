"use client";

import { Suspense, lazy } from "react";
import type { ReactNode } from "react";
import { AssistantFrame } from "@/features/assistant/assistant-frame";
import { AssistantProvider } from "@/lib/assistant";

const OpenTask = lazy(() => import("@/features/tasks/open-task"));

/** The page with the assistant beside it. A task that the assistant names opens in its form. */
export function Assistant({ domainKey, children }: { domainKey: string | undefined; children: ReactNode }) {
  return (
    <AssistantProvider>
      <AssistantFrame
        domainKey={domainKey}
        renderTask={(id, onClose) => (
          <Suspense>
            <OpenTask key={id} id={id} onClose={onClose} />
          </Suspense>
        )}
      >
        {children}
      </AssistantFrame>
    </AssistantProvider>
  );
}
