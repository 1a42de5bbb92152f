/**
 * Node engine: runs the portable program in this process, without a bundle.
 */
import type { Host } from "../world/host";
import { EngineError, type Engine, type EngineSettings } from "./contract";

interface Program {
  readonly runProgram: (host: Host) => void;
}

export function createNodeEngine(settings: EngineSettings): Engine {
  return {
    name: "node",
    missing: () => undefined,
    run: async (program, on_line) => {
      // Loaded when it is used: the other engines do not need it.
      const { runProgram } = (await import(settings.entry)) as Program;
      const lines = program[Symbol.iterator]();
      let listener_error: Error | undefined;
      const host: Host = {
        read_line: () => {
          const next = lines.next();
          return next.done === true ? undefined : next.value;
        },
        write_line: (line) => {
          try {
            on_line(line);
          } catch (error) {
            listener_error = error as Error;
            throw error;
          }
        },
      };
      try {
        runProgram(host);
      } catch (error) {
        // The listener's own fault is not the program's.
        if (listener_error !== undefined) throw listener_error;
        throw new EngineError("node", String(error));
      }
    },
  };
}
