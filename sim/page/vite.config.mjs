/**
 * How the page is built: `sim/serve/page_files.ts` runs this when a source has changed. One script, one style sheet, no
 * names from outside. Where it goes, the caller says.
 */
const FOLDER = import.meta.dirname;

export default {
  root: FOLDER,
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // Everything small stands in files of its own too: the page's policy allows no inline script or style.
    assetsInlineLimit: 0,
  },
};
