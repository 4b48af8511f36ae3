import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { assetsKey } from "@/api/keys";
import { notifyError } from "@/ui";
import { type Arranged, beforeAt, landing } from "./arrange";
import { ASSETS_DRAG, idsOf } from "./drag";
import { arrange } from "./queries";

export interface Arranging {
  /** Puts assets, in this order, where a place of the list is now. */
  readonly put: (ids: readonly string[], place: number) => void;
  readonly isPending: boolean;
  /** Before the asset at this place something is about to be dropped. */
  readonly mark: number | null;
  /** What a cell needs to take what is dragged onto it. */
  readonly handlersOf: (index: number) => object;
  /** What was done, for people who cannot see it. */
  readonly said: string;
}

interface ArrangingOptions extends Arranged {
  project: string;
  /** The collection whose order is shown and may be changed; null where there is none. */
  collection: string | null;
  /** Whether cells stand above one another rather than side by side. */
  isStacked: boolean;
}

/** The order of a hand-picked collection, changed by dragging and by keys. */
export function useArranging(options: ArrangingOptions): Arranging | null {
  const { project, collection, isStacked, ...list } = options;
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [mark, setMark] = useState<number | null>(null);
  const [said, setSaid] = useState("");
  const moving = useMutation({
    mutationFn: ({ ids, before }: { ids: readonly string[]; before: string | null; place: number }) =>
      arrange(collection ?? "", ids, before),
    onSuccess: async (_answer, { place, ids }) => {
      await queryClient.invalidateQueries({ queryKey: assetsKey(project) });
      setSaid(
        t("collections.moved", {
          count: ids.length,
          place: landing(list, new Set(ids), place),
          total: list.total,
        }),
      );
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  if (collection === null) return null;
  const put = (ids: readonly string[], place: number): void => {
    const before = beforeAt(list, new Set(ids), place);
    if (before !== undefined && ids.length > 0 && !moving.isPending) moving.mutate({ ids, before, place });
  };
  const placeOf = (event: DragEvent<HTMLElement>, index: number): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const isPast = isStacked
      ? event.clientY > box.top + box.height / 2
      : event.clientX > box.left + box.width / 2;
    return isPast ? index + 1 : index;
  };
  const handlersOf = (index: number) => ({
    onDragOver: (event: DragEvent<HTMLElement>): void => {
      if (!event.dataTransfer.types.includes(ASSETS_DRAG)) return;
      event.preventDefault();
      setMark(placeOf(event, index));
    },
    onDragEnd: () => setMark(null),
    onDrop: (event: DragEvent<HTMLElement>): void => {
      setMark(null);
      if (!event.dataTransfer.types.includes(ASSETS_DRAG)) return;
      event.preventDefault();
      put(idsOf(event.dataTransfer.getData(ASSETS_DRAG)), placeOf(event, index));
    },
  });
  return { put, isPending: moving.isPending, mark, handlersOf, said };
}
