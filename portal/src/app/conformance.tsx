import "./styles";
import "./i18n";
import i18next from "i18next";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ConformancePage } from "@/features/conformance";
import words from "@/locales/conformance.json";
import { CrashBoundary } from "./CrashBoundary";
import { reloadOnStaleBuild } from "./freshBuild";

// Words of this page alone.
i18next.addResourceBundle("en", "translation", words, true);
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
