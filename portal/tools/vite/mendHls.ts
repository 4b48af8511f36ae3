import type { Plugin } from "vite";

/**
 * hls.js 1.7.4 takes its first audio track for "switching" until it has once seen the picture stand still inside a
 * buffered fragment, and does not end the stream before. Whoever seeks into the last second right after opening, or
 * opens there, waits for ever: browsers need the end of the stream to show its last frames, and hls.js waits for a
 * picture. The first fragment of the first track is enough to know that nothing is switched.
 */
const PLACE = /(const track = this\.switchingTrack;\s*if \(track\) \{\s*this\.bufferedTrack = track;)(\s*\})/;
const INSTEAD = "$1 if (!this.fragPlaying) this.completeAudioSwitch(track);$2";

/** Mends hls.js while it is bundled; a release that looks different fails the build. */
export function mendHls(): Plugin {
  return {
    name: "mend-hls",
    apply: "build",
    transform(code, id) {
      if (!id.endsWith("/hls.js/dist/hls.mjs")) return null;
      if (!PLACE.test(code)) this.error("hls.js no longer notes its first audio track where it did");
      return { code: code.replace(PLACE, INSTEAD), map: null };
    },
  };
}
