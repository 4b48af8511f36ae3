import { Check, Settings2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePlayerState } from "@/player";
import { Badge, IconButton, Menu, MenuItem } from "@/ui";
import { useRoom } from "./room";

/** Which rung of the stream is played: the player's choice, or one's own. */
export function QualityMenu() {
  const { t } = useTranslation();
  const { player } = useRoom();
  const { levels, wantedLevel, shownLevel } = usePlayerState(player);
  const shown = levels.find((level) => level.index === shownLevel);
  const auto = wantedLevel === -1 && shown ? t("review.autoNow", { height: shown.height }) : t("review.auto");
  return (
    <Menu
      label={t("review.quality")}
      placement="top end"
      trigger={
        <IconButton label={t("review.quality")}>
          <Settings2 />
        </IconButton>
      }
    >
      <MenuItem
        label={auto}
        onAction={() => player.setLevel(-1)}
        {...(wantedLevel === -1 && { hint: <Check aria-hidden="true" /> })}
      />
      {[...levels]
        .sort((one, other) => other.height - one.height)
        .map((level) => (
          <MenuItem
            key={level.index}
            label={`${level.height}p`}
            onAction={() => player.setLevel(level.index)}
            hint={
              wantedLevel === level.index ? (
                <Check aria-hidden="true" />
              ) : (
                <Badge>{(level.bitrate / 1_000_000).toFixed(1)} Mb/s</Badge>
              )
            }
          />
        ))}
    </Menu>
  );
}
