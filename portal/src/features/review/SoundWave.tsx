import { useQuery } from "@tanstack/react-query";
import { AudioLines } from "lucide-react";
import { useElementSize } from "@/ui";
import { peaksQuery } from "./queries";
import styles from "./Viewer.module.css";
import { WaveCanvas } from "./WaveCanvas";

/** The large waveform that stands in for the picture of sound. */
export function SoundWave({ url, seconds }: { url: string | null; seconds: number }) {
  const peaks = useQuery(peaksQuery(url)).data;
  const { ref, size } = useElementSize<HTMLDivElement>();
  return (
    <div className={styles.sound} ref={ref}>
      {peaks ? (
        <WaveCanvas
          peaks={peaks}
          seconds={seconds}
          width={Math.max(0, size.width - 48)}
          height={Math.max(0, Math.min(320, size.height - 48))}
        />
      ) : (
        <AudioLines aria-hidden="true" />
      )}
    </div>
  );
}
