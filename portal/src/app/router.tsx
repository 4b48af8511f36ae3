import type { QueryClient } from "@tanstack/react-query";
import {
  type AnyRoute,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "@/api/errors";
import {
  LoginPage,
  meQuery,
  NewPasswordPage,
  RecoverPage,
  SignupPage,
  VerifyEmailPage,
} from "@/features/auth";
import { NotFoundPage, NothingHere, RouteError, RoutePending } from "./RouteStates";
import { Shell } from "./Shell";

interface RouterContext {
  queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** Every word of an address as a text, numbers too: the page picks what it knows. */
const words = (search: Record<string, unknown>): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(search).flatMap(([name, value]) =>
      ["string", "number", "boolean"].includes(typeof value) && value !== "" ? [[name, String(value)]] : [],
    ),
  );

const whole = (value: unknown): number | undefined => {
  const number = Number(value);
  return value !== undefined && value !== "" && Number.isInteger(number) && number >= 0 ? number : undefined;
};

interface ProjectsSearch {
  org?: string | undefined;
  client?: string | undefined;
}

/** The words of a project's address: what is searched, how it is shown, and conditions by their names. */
interface ProjectSearch {
  q?: string | undefined;
  sort?: string | undefined;
  view?: "list" | undefined;
  trashed?: "only" | undefined;
  [condition: string]: string | undefined;
}

interface SignupSearch {
  next?: string | undefined;
  /** The word of an invitation's letter. */
  invitation?: string | undefined;
}

interface SearchSearch {
  org?: string | undefined;
  q?: string | undefined;
  project?: string | undefined;
  kind?: string | undefined;
}

interface AssetSearch {
  /** The version shown; the current one when left out. */
  v?: string | undefined;
  frame?: number | undefined;
  comment?: string | undefined;
}

/** The versions on the left and on the right, and the frame to begin at. */
interface CompareSearch {
  a?: string | undefined;
  b?: string | undefined;
  frame?: number | undefined;
}

interface StorageSearch {
  org?: string | undefined;
  group?: string | undefined;
  measure?: string | undefined;
  days?: string | undefined;
}

function validateNext(search: Record<string, unknown>): { next?: string | undefined } {
  return { next: text(search.next) };
}

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: validateNext,
  wrapInSuspense: true,
  component: LoginPage,
});

const signupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/signup",
  validateSearch: (search: Record<string, unknown>): SignupSearch => ({
    ...validateNext(search),
    invitation: text(search.invitation),
  }),
  wrapInSuspense: true,
  component: SignupPage,
});

// Where the links of our messages lead (HEADLESS_FRONTEND_URLS).
const recoverRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login/recover",
  wrapInSuspense: true,
  component: RecoverPage,
});

const newPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login/recover/$key",
  wrapInSuspense: true,
  component: NewPasswordPage,
});

const verifyEmailRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/verify-email/$key",
  wrapInSuspense: true,
  component: VerifyEmailPage,
});

/** Everything that needs a log-in; without one the target is kept and the log-in page comes first. */
const memberRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "member",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
        throw redirect({ to: "/login", search: { next: location.href } });
      }
      throw error;
    }
  },
});

const projectsRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/",
  validateSearch: (search: Record<string, unknown>): ProjectsSearch => ({
    org: text(search.org),
    client: text(search.client),
  }),
  component: lazyRouteComponent(() => import("@/features/projects"), "ProjectsPage"),
});

const searchRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/search",
  validateSearch: (search: Record<string, unknown>): SearchSearch => ({
    org: text(search.org),
    q: words({ q: search.q }).q,
    project: text(search.project),
    kind: text(search.kind),
  }),
  component: lazyRouteComponent(() => import("@/features/search"), "SearchPage"),
});

const projectRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/p/$projectId",
  validateSearch: (search: Record<string, unknown>): ProjectSearch => ({
    ...words(search),
    q: words({ q: search.q }).q,
    sort: text(search.sort),
    view: search.view === "list" ? "list" : undefined,
    trashed: ["true", "only"].includes(String(search.trashed)) ? "only" : undefined,
  }),
  component: lazyRouteComponent(() => import("@/features/assets"), "ProjectPage"),
});

const activityRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/p/$projectId/activity",
  component: lazyRouteComponent(() => import("@/features/activity"), "ActivityPage"),
});

const duplicatesRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/p/$projectId/duplicates",
  component: lazyRouteComponent(() => import("@/features/duplicates"), "DuplicatesPage"),
});

const foldersRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/p/$projectId/folders",
  validateSearch: (search: Record<string, unknown>): { path?: string | undefined } => ({
    path: words({ path: search.path }).path,
  }),
  component: lazyRouteComponent(() => import("@/features/folders"), "FoldersPage"),
});

const monthsRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/p/$projectId/months",
  component: lazyRouteComponent(() => import("@/features/months"), "MonthsPage"),
});

const shootsRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/p/$projectId/shoots",
  component: lazyRouteComponent(() => import("@/features/shoots"), "ShootsPage"),
});

const tagsRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/p/$projectId/tags",
  component: lazyRouteComponent(() => import("@/features/tagsPage"), "TagsPage"),
});

const loadAssetPage = () => import("@/features/assetPage");

const assetRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/a/$assetId",
  validateSearch: (search: Record<string, unknown>): AssetSearch => ({
    v: text(search.v),
    frame: whole(search.frame),
    comment: text(search.comment),
  }),
  loaderDeps: ({ search: { v } }) => ({ version: v }),
  // Not waited for: the page shows what is there, and says what is not.
  loader: ({ context: { queryClient }, params, deps: { version }, preload }) =>
    void loadAssetPage()
      .then(({ openAsset }) => openAsset(queryClient, { asset: params.assetId, version, isPreload: preload }))
      .catch(() => undefined),
  component: lazyRouteComponent(loadAssetPage, "AssetPage"),
});

const compareRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/a/$assetId/compare",
  validateSearch: (search: Record<string, unknown>): CompareSearch => ({
    a: text(search.a),
    b: text(search.b),
    frame: whole(search.frame),
  }),
  component: lazyRouteComponent(() => import("@/features/compare"), "ComparePage"),
});

/** A page of an organisation. */
const ofOrganization = (search: Record<string, unknown>): { org?: string | undefined } => ({
  org: text(search.org),
});

const settingsRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/settings",
  validateSearch: ofOrganization,
  component: lazyRouteComponent(() => import("@/features/settings"), "SettingsPage"),
});

const fieldsRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/fields",
  validateSearch: ofOrganization,
  component: lazyRouteComponent(() => import("@/features/fieldsPage"), "FieldsPage"),
});

const mirrorsRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/mirrors",
  validateSearch: ofOrganization,
  component: lazyRouteComponent(() => import("@/features/mirrors"), "MirrorsPage"),
});

const storageRoute = createRoute({
  getParentRoute: () => memberRoute,
  path: "/storage",
  validateSearch: (search: Record<string, unknown>): StorageSearch => ({
    ...ofOrganization(search),
    group: text(search.group),
    measure: text(search.measure),
    days: words({ days: search.days }).days,
  }),
  component: lazyRouteComponent(() => import("@/features/ledger"), "LedgerPage"),
});

const shareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/s/$token",
  component: lazyRouteComponent(() => import("@/features/share"), "SharePage"),
});

const routeTree = rootRoute.addChildren([
  loginRoute,
  signupRoute,
  recoverRoute,
  newPasswordRoute,
  verifyEmailRoute,
  shareRoute,
  memberRoute.addChildren([
    projectsRoute,
    searchRoute,
    projectRoute,
    activityRoute,
    duplicatesRoute,
    foldersRoute,
    monthsRoute,
    shootsRoute,
    tagsRoute,
    assetRoute,
    compareRoute,
    fieldsRoute,
    mirrorsRoute,
    settingsRoute,
    storageRoute,
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  const router = createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPendingMs: 150,
    defaultPendingComponent: RoutePending,
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: NothingHere,
  });
  // The code of the first page need not wait until it is known who asks for it.
  const routes: Readonly<Record<string, AnyRoute>> = router.routesById;
  for (const { routeId } of router.matchRoutes(router.latestLocation)) {
    const route = routes[routeId];
    if (route) void router.loadRouteChunk(route)?.catch(() => undefined);
  }
  return router;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
