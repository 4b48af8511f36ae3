import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useRouter } from "@tanstack/react-router";
import { FolderClosed, Keyboard, Search } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { onLoggedOut } from "@/api/client";
import { reconnectFeeds } from "@/api/useLive";
import { LoginAgain, useMe } from "@/features/auth";
import { UploadTray, UploadTrayButton, useUploadGuard, useUploadTray } from "@/features/upload";
import { Avatar, IconButton, Tooltip, useShortcuts } from "@/ui";
import { ConnectionBanner } from "./ConnectionBanner";
import { RoutePending } from "./RouteStates";
import styles from "./Shell.module.css";

// What opens on demand comes on demand.
const AccountMenu = lazy(() => import("./AccountMenu").then(({ AccountMenu: menu }) => ({ default: menu })));
const ShortcutSheet = lazy(() =>
  import("./ShortcutSheet").then(({ ShortcutSheet: sheet }) => ({ default: sheet })),
);

/** The frame of every page behind the log-in: rail, banner, page, upload tray. */
export function Shell() {
  const { t } = useTranslation();
  const [sheetOpen, setSheetOpen] = useState(false);
  const tray = useUploadTray();
  const me = useMe();
  useUploadGuard();
  useShortcuts([
    ["?", () => setSheetOpen(true)],
    ["u", tray.toggle],
  ]);
  const session = useSessionEnd();
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        {t("app.skip")}
      </a>
      <nav className={styles.rail} aria-label={t("app.navigation")}>
        <Link to="/" className={styles.logo} aria-label={t("app.home")}>
          <img src="/icon.svg" alt="" />
        </Link>
        <Tooltip text={t("app.projects")}>
          <RailLink />
        </Tooltip>
        <Tooltip text={t("search.title")}>
          <SearchLink />
        </Tooltip>
        <span className={styles.spacer} />
        <UploadTrayButton />
        <IconButton label={t("app.shortcuts")} shortcut="?" onPress={() => setSheetOpen(true)}>
          <Keyboard />
        </IconButton>
        <Suspense fallback={<Avatar name={me.name || me.email} />}>
          <AccountMenu />
        </Suspense>
      </nav>
      <main id="main" tabIndex={-1} className={styles.main}>
        <ConnectionBanner />
        <div className={styles.page}>
          <Suspense fallback={<RoutePending />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
      <Suspense>
        {tray.isOpen ? <UploadTray /> : null}
        {sheetOpen ? <ShortcutSheet isOpen onClose={() => setSheetOpen(false)} /> : null}
        {session.hasEnded ? <LoginAgain isOpen me={me} onBack={session.goOn} onClose={session.hide} /> : null}
      </Suspense>
    </div>
  );
}

function RailLink() {
  const { t } = useTranslation();
  return (
    <Link
      to="/"
      className={styles.link}
      aria-label={t("app.projects")}
      activeOptions={{ includeSearch: false }}
    >
      <FolderClosed />
    </Link>
  );
}

function SearchLink() {
  const { t } = useTranslation();
  return (
    <Link
      to="/search"
      className={styles.link}
      aria-label={t("search.title")}
      activeOptions={{ includeSearch: false }}
    >
      <Search />
    </Link>
  );
}

/**
 * When any answer says that the session is over, a log-in stands over the page: what was written there must not go.
 * Whoever closes it can still read and copy; the next answer brings it back.
 */
function useSessionEnd() {
  const router = useRouter();
  const queryClient = useQueryClient();
  const [hasEnded, setEnded] = useState(false);
  useEffect(
    () =>
      onLoggedOut(() => {
        if (router.state.location.pathname !== "/login") setEnded(true);
      }),
    [router],
  );
  const goOn = (): void => {
    setEnded(false);
    reconnectFeeds();
    // What failed for want of a session begins anew, and what is shown may have changed meanwhile.
    void queryClient.resetQueries({ predicate: ({ state }) => state.status === "error" });
    void queryClient.invalidateQueries();
    void router.invalidate();
  };
  return { hasEnded, goOn, hide: () => setEnded(false) };
}
