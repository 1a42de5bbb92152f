/**
 * Engine: the interpreter that the firmware runs in, its memory and what it has lost.
 *
 * Memory is counted in the engine's own unit: JsVars on Espruino (`process.memory()`), KiB on Lua
 * (`collectgarbage("count")`). Only the two numbers of one engine are compared with each other.
 */

/**
 * What an engine admits to have done; on Espruino the flags of `E.getErrorFlags()`, on others whatever a driver can tell:
 *   fifo_full   events were dropped because a queue was full or memory was locked: pulses, keys (FIFO_FULL, MEMORY_BUSY)
 *   callback    a callback failed and was removed; the engine does not say whose (CALLBACK)
 *   low_memory  memory ran low and had to be collected (LOW_MEMORY)
 *   memory      memory ran out, and something was not allocated (MEMORY)
 */
export type EngineFault = "fifo_full" | "callback" | "low_memory" | "memory";

export interface Engine {
  /** Memory in use after a collection, which may take some milliseconds; 0 when the engine cannot tell. */
  memory_used(): number;
  /** All of it, in the same unit; 0 when the engine cannot tell, or has no limit of its own. */
  memory_size(): number;
  /** The faults since the last call, each once. Taking them clears them; one that comes meanwhile is in the next call. */
  take_faults(): EngineFault[];
}
