const keyOf = (uuid: string) => `chatkit-consent:${uuid}`;

/** Return whether the user has allowed on this device that the window is loaded from its host. */
export function hasConsent(uuid: string): boolean {
  try {
    return localStorage.getItem(keyOf(uuid)) !== null;
  } catch {
    return false; // the browser blocks the storage, so the question is asked each time
  }
}

export function saveConsent(uuid: string): void {
  try {
    localStorage.setItem(keyOf(uuid), "given");
  } catch {
    // The question is asked again after a reload.
  }
}
