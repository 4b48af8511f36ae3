import "./styles";
import "./words";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Toasts } from "@/ui";
import { CrashBoundary } from "./CrashBoundary";
import { reloadOnStaleBuild } from "./freshBuild";
import { createQueryClient } from "./queryClient";
import { createAppRouter } from "./router";

reloadOnStaleBuild();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

const queryClient = createQueryClient();
const router = createAppRouter(queryClient);

createRoot(root).render(
  <StrictMode>
    <CrashBoundary>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </CrashBoundary>
  </StrictMode>,
);
