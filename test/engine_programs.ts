/**
 * All programs that must do on every engine what they do on Node, as one: an engine's bundle of it is made once, which
 * takes longer than any of them runs. The first line of a run is the name of the program, the others are its own.
 */
import { assert } from "../firmware/assert";
import type { Host } from "../sim/world/host";
import { runProgram as drivers } from "./boards/drivers/engine_entry";
import { runProgram as carousel } from "./firmware/carousel/engine_entry";
import { runProgram as journal } from "./firmware/journal/engine_entry";
import { runProgram as modem } from "./firmware/modem/engine_entry";
import { runProgram as radio } from "./firmware/radio/engine_entry";
import { runProgram as signed } from "./firmware/radio/signed_entry";
import { runProgram as reader } from "./firmware/reader/engine_entry";
import { runProgram as token } from "./firmware/token/engine_entry";
import { runProgram as desfire } from "./sim/desfire/engine_entry";

interface NamedProgram {
  name: string;
  run: (host: Host) => void;
}

const PROGRAMS: NamedProgram[] = [
  { name: "drivers", run: drivers },
  { name: "carousel", run: carousel },
  { name: "journal", run: journal },
  { name: "modem", run: modem },
  { name: "radio", run: radio },
  { name: "signed", run: signed },
  { name: "reader", run: reader },
  { name: "token", run: token },
  { name: "desfire", run: desfire },
];

export function runProgram(host: Host): void {
  const name = host.read_line();
  let found = false;
  for (const program of PROGRAMS) {
    if (program.name === name) {
      found = true;
      program.run(host);
    }
  }
  assert(found, "a run begins with the name of a program");
}
