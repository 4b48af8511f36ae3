const MARK = "dam-reloaded-at";
/** A second reload within this time would not help either. */
const ONCE_PER_MS = 30_000;

/**
 * Loads the page anew when a part of it is gone from the server, because the portal was updated while the tab was open.
 */
export function reloadOnStaleBuild(): void {
  addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(MARK) ?? 0);
    if (Date.now() - last < ONCE_PER_MS) return;
    sessionStorage.setItem(MARK, String(Date.now()));
    event.preventDefault();
    location.reload();
  });
}
