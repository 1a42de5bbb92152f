/**
 * Engine: an interpreter that runs the portable program (sim/world) and gives its trace.
 *
 * A program is lines, a trace is lines; see sim/world/host.ts. A run that does not reach its end rejects: what came
 * through `on_line` before is then no result.
 */
/** In the order in which they are reported. */
export const ENGINE_NAMES = ["node", "lua5.3", "lua5.4", "luajit", "wasmoon", "espruino"] as const;

export type EngineName = (typeof ENGINE_NAMES)[number];

export interface Engine {
  readonly name: EngineName;
  /** Why it cannot run here, or undefined. One line: what is missing and how to get it. */
  missing(): string | undefined;
  /** Runs a program and hands on each line of the trace, in order. Rejects with an EngineError. */
  run(program: Iterable<string>, on_line: (line: string) => void): Promise<void>;
}

/** A run that failed. One line: the engine, and what it printed or threw. */
export class EngineError extends Error {
  public override readonly name = "EngineError";

  public constructor(
    public readonly engine: EngineName,
    reason: string,
  ) {
    super(`${engine}: ${reason.replace(/\s*[\r\n]+\s*/g, " | ").trim()}`);
  }
}

/** What the engines of one program share. */
export interface EngineSettings {
  /** The file that exports runProgram. */
  readonly entry: string;
  /** An engine in a process of its own is killed after this time. */
  readonly run_limit_ms: number;
}
