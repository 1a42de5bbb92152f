/**
 * Espruino engine: the real interpreter, from $ESPRUINO or PATH, in a fresh folder because it keeps its flash there.
 */
import { findOnPath, isExecutable, isFromNpm, runChild } from "./child";
import type { Engine, EngineSettings } from "./contract";
import { programText } from "./program_text";

/**
 * Reads the program in pieces: as one text it would fill the interpreter's memory. A throw is caught, running out of
 * memory cannot be; then no result line appears. quit() ends the interpreter's loop.
 */
const driver = (write_line: string, end: string): string => `
(function () {
  var file = E.openFile("program.txt", "r"), text = "", position = 0;
  function read_line() {
    var end = text.indexOf("\\n", position), more, line;
    while (end < 0) {
      more = file.read(512);
      if (more === undefined || more === "") return undefined;
      text = text.substring(position) + more;
      position = 0;
      end = text.indexOf("\\n");
    }
    line = text.substring(position, end);
    position = end + 1;
    return line;
  }
  ${write_line}
  try {
    curbstop.runProgram({ read_line: read_line, write_line: write_line });
    print("@Rok");
  } catch (fault) {
    print("@R" + fault);
  }
  ${end}quit();
})();
`;

const PRINTED = driver('function write_line(line) { print("@T" + line); }', "");

/** print() is a system call for each character, which costs more than all else where a trace is long. */
const TRACE_FILE = "trace.txt";
const WRITTEN = driver(
  `var trace = E.openFile("${TRACE_FILE}", "w");
  function write_line(line) { trace.write(line + "\\n"); }`,
  "trace.close(); ",
);

/**
 * The interpreter's path: $ESPRUINO, or `espruino` on PATH, or undefined. npm puts its own programs first on PATH, and
 * one of them, EspruinoTools, has the same name.
 */
export function findEspruino(): string | undefined {
  const named = process.env["ESPRUINO"];
  if (named !== undefined && named !== "") return isExecutable(named) ? named : undefined;
  return findOnPath("espruino", (path) => !isFromNpm(path));
}

/** Why the interpreter cannot run here, or undefined. */
export function espruinoMissing(): string | undefined {
  if (findEspruino() !== undefined) return undefined;
  const named = process.env["ESPRUINO"];
  if (named !== undefined && named !== "")
    return `$ESPRUINO names ${named}, which is no program (name the interpreter)`;
  return "espruino is not on PATH (put the Espruino interpreter for Linux there, or name it in $ESPRUINO)";
}

/** The script that runs a program with a bundle and prints its trace: what benchmarks hand to the interpreter. */
export function espruinoScript(bundle: string): string {
  return `${bundle}\n${PRINTED}`;
}

export function createEspruinoEngine(settings: EngineSettings): Engine {
  return {
    name: "espruino",
    missing: espruinoMissing,
    run: async (program, on_line) => {
      const { bundleEspruino } = await import("../bundle/espruino");
      const { code } = await bundleEspruino(settings.entry);
      await runChild({
        engine: "espruino",
        command: findEspruino() ?? "espruino",
        arguments: ["run.js"],
        files: { "run.js": `${code}\n${WRITTEN}`, "program.txt": programText("espruino", program) },
        trace_file: TRACE_FILE,
        run_limit_ms: settings.run_limit_ms,
        on_line,
      });
    },
  };
}
