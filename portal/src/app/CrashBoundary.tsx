import i18next from "i18next";
import { Component, type ReactNode } from "react";
import { Button, ErrorState } from "@/ui";

interface CrashBoundaryState {
  error: Error | null;
}

/** The last net: a page that broke says so and can be reloaded. */
export class CrashBoundary extends Component<{ children: ReactNode }, CrashBoundaryState> {
  override state: CrashBoundaryState = { error: null };

  static getDerivedStateFromError(error: unknown): CrashBoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children;
    return (
      <ErrorState
        error={this.state.error}
        wayOut={<Button onPress={() => location.reload()}>{i18next.t("app.reload")}</Button>}
      />
    );
  }
}
