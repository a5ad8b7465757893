import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";

interface Props {
  /** The title of the open conversation. */
  conversation?: string | null | undefined;
  onClose: () => void;
  children?: ReactNode;
}

export function PanelHeader({ conversation, onClose, children }: Props) {
  return (
    <header className="flex items-center gap-1 border-b border-line py-2 pr-2 pl-4 [&>button]:shrink-0">
      <div className="mr-auto min-w-0">
        <h2 className="text-lg">Assistant</h2>
        {conversation && <p className="truncate text-xs text-muted">{conversation}</p>}
      </div>
      {children}
      <Button tone="quiet" size="icon" aria-label="Close the assistant" onClick={onClose}>
        <X aria-hidden />
      </Button>
    </header>
  );
}
