import type { Plugin } from "vite";

/** React Aria brings its strings in 34 languages; only those that the portal speaks itself are worth sending. */
const LANGUAGES = ["en-US"];

export function ownLanguagesOnly(): Plugin {
  return {
    name: "own-languages-only",
    enforce: "pre",
    async resolveId(source, importer) {
      const locale = /\/intl\/(?:.*\/)?([a-z]{2}-[A-Z]{2})\.mjs$/.exec(source)?.[1];
      if (!locale || LANGUAGES.includes(locale)) return null;
      return this.resolve(source.replace(locale, "en-US"), importer, { skipSelf: true });
    },
  };
}
