let channel: BroadcastChannel | undefined;

// One object for the tab: messages do not reach the object that sends them.
function sharedChannel(): BroadcastChannel {
  return (channel ??= new BroadcastChannel("session"));
}

/** Tell the other tabs of this browser that the session has ended. */
export function announceSessionEnd(): void {
  sharedChannel().postMessage("ended");
}

/** Call `listener` when the session ends in another tab. Returns a function that stops this. */
export function onSessionEnd(listener: () => void): () => void {
  const shared = sharedChannel();
  shared.addEventListener("message", listener);
  return () => shared.removeEventListener("message", listener);
}
