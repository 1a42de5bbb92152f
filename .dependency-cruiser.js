/**
 * The floors of the house, bottom to top: hal <- firmware <- boards, sim <- tools. An import never goes up, and never
 * sideways between boards and sim. What is compiled to Lua and Espruino imports no package and nothing of Node.
 * test/house/floors.test.ts proves that each rule fires.
 */
"use strict";

const PORTABLE =
  "^(hal|firmware|boards/drivers|sim/bus|sim/desfire|sim/hci|sim/pn532|sim/radio_channel|sim/torture|sim/twins|sim/world)/";

/** Files of `from` may not import files of `to`. */
function never(name, comment, from, to) {
  return { name, comment, severity: "error", from: { path: from }, to: { path: to } };
}

module.exports = {
  forbidden: [
    never("hal-imports-only-hal", "hal is the lowest floor", "^hal/", "^(firmware|boards|sim|tools|test)/"),
    never("firmware-imports-only-hal", "firmware stands on hal alone", "^firmware/", "^(boards|sim|tools|test)/"),
    never("boards-import-no-sim-no-tools", "boards stand beside sim and below tools", "^boards/", "^(sim|tools|test)/"),
    never(
      "sim-imports-no-boards-no-tools",
      "sim stands beside boards and below tools",
      "^sim/",
      "^(boards|tools|test)/",
    ),
    never("drivers-know-no-engine", "a chip's driver runs on every engine", "^boards/drivers/", "^boards/(?!drivers/)"),
    never("tools-import-no-tests", "tests stand outside of the house", "^tools/", "^test/"),
    never(
      "twins-and-world-import-only-portable",
      "they are compiled to Lua and Espruino together with the firmware",
      "^sim/(bus|desfire|hci|pn532|radio_channel|torture|twins|world)/",
      "^sim/(?!(bus|desfire|hci|pn532|radio_channel|torture|twins|world)/)",
    ),
    {
      name: "portable-imports-no-package",
      comment: "no npm package and nothing of Node exists on Espruino or in Lua",
      severity: "error",
      from: { path: PORTABLE },
      to: { pathNot: "^(hal|firmware|boards|sim|tools|test)/" },
    },
    {
      name: "no-circular",
      comment: "two files that import each other are one idea in two files, or two ideas that are not separated",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolvable",
      comment: "an import that leads nowhere",
      severity: "error",
      from: {},
      // The interpreter's own modules; its other one, crypto, has the name of Node's.
      to: { couldNotResolve: true, pathNot: "^(Flash|Storage)$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(build|coverage|test/house/(breaks|floors))/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".js", ".json"],
      conditionNames: ["require", "node", "default"],
      exportsFields: ["exports"],
    },
  },
};
