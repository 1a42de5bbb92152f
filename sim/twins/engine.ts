/**
 * Engine twin. Faults, each switched on by a scenario:
 *   any fault of the port   is in the next `take_faults`, once, however often it was raised
 *   memory                  any amount in use
 * Not modelled: the memory that this run really takes (test/sim/leak.test.ts measures it), and what a fault does besides
 * being reported: the lost watch of the sensor is that twin's fault "deaf".
 */
import type { Engine, EngineFault } from "../../hal/engine";

/** About what the firmware takes on a PUCKJS, and what there is (JsVars). */
const MEMORY_USED = 1600;
const MEMORY_SIZE = 2630;

export interface EngineTwin {
  port: Engine;
  memory_used: number;
  faults: EngineFault[];
}

export function createEngineTwin(): EngineTwin {
  const twin: EngineTwin = {
    port: {
      memory_used: function () {
        return twin.memory_used;
      },
      memory_size: function () {
        return MEMORY_SIZE;
      },
      take_faults: function () {
        const faults = twin.faults;
        twin.faults = [];
        return faults;
      },
    },
    memory_used: MEMORY_USED,
    faults: [],
  };
  return twin;
}

export function raiseEngineFault(twin: EngineTwin, fault: EngineFault): void {
  for (const raised of twin.faults) {
    if (raised === fault) {
      return;
    }
  }
  twin.faults.push(fault);
}

export function setMemory(twin: EngineTwin, used: number): void {
  twin.memory_used = used;
}
