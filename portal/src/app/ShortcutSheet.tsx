import type { ParseKeys } from "i18next";
import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui";
import styles from "./Shell.module.css";

interface Group {
  title: ParseKeys;
  keys: readonly { does: ParseKeys; keys: readonly string[] }[];
}

const GROUPS: readonly Group[] = [
  {
    title: "shortcuts.anywhere",
    keys: [
      { does: "shortcuts.help", keys: ["?"] },
      { does: "shortcuts.search", keys: ["/"] },
      { does: "shortcuts.uploads", keys: ["U"] },
      { does: "shortcuts.escape", keys: ["Esc"] },
    ],
  },
  {
    title: "shortcuts.grid",
    keys: [
      { does: "shortcuts.move", keys: ["←", "→", "↑", "↓"] },
      { does: "shortcuts.open", keys: ["Enter"] },
      { does: "shortcuts.select", keys: ["Space"] },
      { does: "shortcuts.selectRange", keys: ["Shift", "↑"] },
      { does: "shortcuts.selectAll", keys: ["Ctrl", "A"] },
      { does: "shortcuts.toggleView", keys: ["V"] },
      { does: "facets.toggle", keys: ["F"] },
      { does: "shortcuts.share", keys: ["Shift", "S"] },
      { does: "bulk.trash", keys: ["Del"] },
    ],
  },
  {
    title: "shortcuts.player",
    keys: [
      { does: "shortcuts.playPause", keys: ["Space"] },
      { does: "shortcuts.shuttle", keys: ["J", "K", "L"] },
      { does: "shortcuts.step", keys: ["←", "→"] },
      { does: "shortcuts.stepTen", keys: ["Shift", "←", "→"] },
      { does: "shortcuts.ends", keys: ["Home", "End"] },
      { does: "shortcuts.range", keys: ["I", "O"] },
      { does: "shortcuts.clearRange", keys: ["X"] },
      { does: "shortcuts.nextComment", keys: ["[", "]"] },
      { does: "neighbours.before", keys: ["Alt", "↑"] },
      { does: "neighbours.after", keys: ["Alt", "↓"] },
      { does: "shortcuts.mute", keys: ["M"] },
      { does: "shortcuts.fullscreen", keys: ["F"] },
      { does: "shortcuts.comment", keys: ["C"] },
      { does: "shortcuts.draw", keys: ["D"] },
      { does: "approvals.approve", keys: ["Shift", "A"] },
      { does: "approvals.requestChanges", keys: ["Shift", "R"] },
      { does: "shortcuts.send", keys: ["Ctrl", "Enter"] },
    ],
  },
];

export function ShortcutSheet({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("app.shortcuts")} isOpen={isOpen} onClose={onClose} wide>
      <div className={styles.keys}>
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3>{t(group.title)}</h3>
            <dl>
              {group.keys.map(({ does, keys }) => (
                <Row key={does} does={t(does)} keys={keys} />
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Row({ does, keys }: { does: string; keys: readonly string[] }) {
  return (
    <>
      <dt>{does}</dt>
      <dd>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dd>
    </>
  );
}
