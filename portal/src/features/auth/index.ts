import { lazy } from "react";

export { logout, meQuery } from "./api";
export { useMe } from "./useMe";

/** Whoever is logged in never needs these, or not before the session ends. */
export const LoginAgain = lazy(() =>
  import("./LoginAgain").then(({ LoginAgain: dialog }) => ({ default: dialog })),
);
export const LoginPage = lazy(() => import("./LoginPage").then(({ LoginPage: page }) => ({ default: page })));
export const SignupPage = lazy(() =>
  import("./LoginPage").then(({ SignupPage: page }) => ({ default: page })),
);
export const RecoverPage = lazy(() =>
  import("./RecoverPages").then(({ RecoverPage: page }) => ({ default: page })),
);
export const NewPasswordPage = lazy(() =>
  import("./RecoverPages").then(({ NewPasswordPage: page }) => ({ default: page })),
);
export const VerifyEmailPage = lazy(() =>
  import("./RecoverPages").then(({ VerifyEmailPage: page }) => ({ default: page })),
);
