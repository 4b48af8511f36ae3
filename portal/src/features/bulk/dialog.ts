import type { Project } from "@/api/types";
import type { BulkAction } from "./model";

/** What every dialog of a bulk action gets. */
export interface BulkDialogProps {
  project: Project;
  count: number;
  isOpen: boolean;
  isPending: boolean;
  onApply: (action: BulkAction) => void;
  onClose: () => void;
}
