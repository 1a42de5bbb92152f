/**
 * All engines, in the order in which they are reported. Node comes first: the others are compared with it.
 * Each loads its bundler when it runs, because a bundler takes longer to load than most scenarios to run.
 */
import { join } from "node:path";
import type { Engine, EngineName, EngineSettings } from "./contract";
import { createEspruinoEngine } from "./espruino";
import { createLuaEngine } from "./lua";
import { createNodeEngine } from "./node";
import { createWasmoonEngine } from "./wasmoon";

export { EngineError } from "./contract";
export type { Engine, EngineName, EngineSettings } from "./contract";

const WORLD_ENTRY = join(__dirname, "..", "world", "main.ts");
const RUN_LIMIT_MS = 600_000;

/** The engines for another program than the simulated world, or with another limit. */
export function createEngines(settings: Partial<EngineSettings>): readonly Engine[] {
  const whole: EngineSettings = {
    entry: settings.entry ?? WORLD_ENTRY,
    run_limit_ms: settings.run_limit_ms ?? RUN_LIMIT_MS,
  };
  return [
    createNodeEngine(whole),
    createLuaEngine("lua5.3", "5.3", whole),
    createLuaEngine("lua5.4", "5.4", whole),
    createLuaEngine("luajit", "JIT", whole),
    createWasmoonEngine(whole),
    createEspruinoEngine(whole),
  ];
}

/** The engines of the simulated world. */
export const ENGINES: readonly Engine[] = createEngines({});

/** The engine of that name, or undefined. */
export function engineByName(name: EngineName): Engine;
export function engineByName(name: string): Engine | undefined;
export function engineByName(name: string): Engine | undefined {
  return ENGINES.find((engine) => engine.name === name);
}
