import "./styles";
import "./i18n";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { SharePage } from "@/features/share";
import { Toasts } from "@/ui";
import { CrashBoundary } from "./CrashBoundary";
import { reloadOnStaleBuild } from "./freshBuild";
import { createQueryClient } from "./queryClient";

reloadOnStaleBuild();

const root = document.getElementById("root");
if (!root) throw new Error("share.html has no #root");

createRoot(root).render(
  <StrictMode>
    <CrashBoundary>
      <QueryClientProvider client={createQueryClient()}>
        <SharePage />
        <Toasts />
      </QueryClientProvider>
    </CrashBoundary>
  </StrictMode>,
);
