import "./styles";
import "./i18n";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ConformancePage } from "@/features/conformance";
import { CrashBoundary } from "./CrashBoundary";
import { reloadOnStaleBuild } from "./freshBuild";

reloadOnStaleBuild();

const root = document.getElementById("root");
if (!root) throw new Error("conformance.html has no #root");

createRoot(root).render(
  <StrictMode>
    <CrashBoundary>
      <ConformancePage />
    </CrashBoundary>
  </StrictMode>,
);
