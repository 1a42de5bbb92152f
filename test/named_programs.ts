/** Several portable programs as one, for a bundle that is made once: the next line of a run is the name of its program. */
import { assert } from "../firmware/assert";
import type { Host } from "../sim/world/host";

export interface NamedProgram {
  name: string;
  run: (host: Host) => void;
}

export function runNamed(host: Host, programs: NamedProgram[]): void {
  const name = host.read_line();
  let found = false;
  for (const program of programs) {
    if (program.name === name) {
      found = true;
      program.run(host);
    }
  }
  assert(found, "a run begins with the name of a program");
}
