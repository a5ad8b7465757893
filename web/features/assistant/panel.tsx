"use client";

import { OfficialWindow } from "./official/official-window";
import { ConversationPanel } from "./conversation/conversation-panel";

interface Props {
  domainKey: string | undefined;
  onClose: () => void;
  onOpenTask: (id: string) => void;
}

/** The assistant: our own panel, or the official ChatKit window if there is a domain key. */
export function Panel({ domainKey, ...rest }: Props) {
  const own = <ConversationPanel {...rest} />;
  return domainKey ? <OfficialWindow domainKey={domainKey} fallback={own} {...rest} /> : own;
}
