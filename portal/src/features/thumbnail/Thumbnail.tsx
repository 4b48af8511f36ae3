import { useQuery } from "@tanstack/react-query";
import { AudioLines, Clapperboard, File, FileText, ImageIcon } from "lucide-react";
import { type PointerEvent, useState } from "react";
import type { Asset, Kind } from "@/api/types";
import { withoutToken } from "@/player/edgeToken";
import { parseStoryboard, type StoryboardTile } from "@/player/storyboard";
import { classNames } from "@/ui";
import styles from "./Thumbnail.module.css";

const ICONS: Readonly<Record<Kind, typeof File>> = {
  video: Clapperboard,
  audio: AudioLines,
  image: ImageIcon,
  document: FileText,
  other: File,
};

export function KindIcon({ kind }: { kind: Kind | null | undefined }) {
  const Icon = ICONS[kind ?? "other"];
  return <Icon aria-hidden="true" />;
}

/** A new signature of the same picture is no reason to load it again; a picture that failed to load is. */
function usePicture(url: string | null | undefined): { src: string | null; onError: () => void } {
  const [kept, setKept] = useState<string | null>(url ?? null);
  const [broken, setBroken] = useState<string | null>(null);
  const same = kept && url && withoutToken(kept) === withoutToken(url);
  if ((!same || kept === broken) && kept !== (url ?? null)) setKept(url ?? null);
  return { src: kept === broken ? null : kept, onError: () => setBroken(kept) };
}

/** The picture of an asset; moving over it scrubs through the storyboard. */
export function Thumbnail({ asset, className }: { asset: Asset; className?: string | undefined }) {
  const picture = usePicture(asset.thumbnail);
  const [hovered, setHovered] = useState(false);
  const [at, setAt] = useState(0);
  const tiles = useTiles(asset, hovered);
  const tile =
    hovered && tiles ? tiles[Math.min(tiles.length - 1, Math.floor(at * tiles.length))] : undefined;
  const onMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.pointerType !== "mouse") return;
    const box = event.currentTarget.getBoundingClientRect();
    setHovered(true);
    setAt(Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width)));
  };
  return (
    <div
      className={classNames(styles.picture, className)}
      onPointerMove={onMove}
      onPointerLeave={() => setHovered(false)}
    >
      {picture.src ? (
        <img src={picture.src} alt="" draggable={false} decoding="async" onError={picture.onError} />
      ) : (
        <span className={styles.placeholder}>
          <KindIcon kind={asset.kind} />
        </span>
      )}
      {tile ? <Tile tile={tile} at={at} /> : null}
    </div>
  );
}

function Tile({ tile, at }: { tile: StoryboardTile; at: number }) {
  return (
    <>
      <svg
        className={styles.tile}
        viewBox={`0 0 ${tile.width} ${tile.height}`}
        preserveAspectRatio="xMidYMid meet"
        aria-hidden="true"
      >
        <svg width={tile.width} height={tile.height} overflow="hidden" aria-hidden="true">
          <image href={tile.sheet} x={-tile.x} y={-tile.y} />
        </svg>
      </svg>
      <span className={styles.scrubber} style={{ insetInlineStart: `${at * 100}%` }} />
    </>
  );
}

function useTiles(asset: Asset, wanted: boolean): readonly StoryboardTile[] | null {
  const address = asset.storyboard?.vtt;
  const tiles = useQuery({
    queryKey: ["storyboard", address ? withoutToken(address) : null],
    queryFn: async ({ signal }) => {
      const response = await fetch(address ?? "", { signal });
      if (!response.ok) throw new Error(`The storyboard answered ${response.status}.`);
      return parseStoryboard(await response.text(), response.url);
    },
    enabled: wanted && Boolean(address),
    staleTime: 5 * 60_000,
    retry: false,
  });
  return tiles.data && tiles.data.length > 0 ? tiles.data : null;
}
