"""Name the tiles of the storyboard sheets by time (WebVTT, names relative to the file)."""

from previews.media.recipes import Storyboard, Timing

SHEET = "storyboard-{:03d}.webp"


def write_vtt(story: Storyboard, timing: Timing) -> str:
    """Write one cue for each tile; cues touch, and the last ends with the clip."""
    cues = ["WEBVTT\n"]
    per_sheet = story.columns * story.rows
    for tile in range(story.tiles):
        sheet, place = divmod(tile, per_sheet)
        row, column = divmod(place, story.columns)
        start = _ms(tile * story.step, timing)
        end = _ms(min((tile + 1) * story.step, timing.frames), timing)
        area = f"{column * story.tile_width},{row * story.tile_height},{story.tile_width},{story.tile_height}"
        cues.append(f"{_clock(start)} --> {_clock(end)}\n{SHEET.format(sheet)}#xywh={area}\n")
    return "\n".join(cues)


def sheet_names(story: Storyboard) -> list[str]:
    """List the files of the sheets."""
    return [SHEET.format(sheet) for sheet in range(story.sheets)]


def _ms(frame: int, timing: Timing) -> int:
    return int(frame * 1000 / timing.rate)


def _clock(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
