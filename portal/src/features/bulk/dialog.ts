import type { Project } from "@/api/types";
import type { BulkAction } from "./model";

/** What every dialog of a bulk action gets. */
export interface BulkDialogProps {
  project: Project;
  count: number;
  isOpen: boolean;
  isPending: boolean;
  /** Why the last try was refused. */
  error: Error | null;
  onApply: (action: BulkAction) => void;
  onClose: () => void;
}
