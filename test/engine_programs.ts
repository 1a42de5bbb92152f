/**
 * All programs that must do on every engine what they do on Node, as one: an engine's bundle of it is made once, which
 * takes longer than any of them runs. The first line of a run is the name of the program, the others are its own.
 */
import type { Host } from "../sim/world/host";
import { runProgram as torture } from "../sim/torture/main";
import { runProgram as leak } from "../sim/world/leak/main";
import { runProgram as drivers } from "./boards/drivers/engine_entry";
import { runProgram as carousel } from "./firmware/carousel/engine_entry";
import { runProgram as journal } from "./firmware/journal/engine_entry";
import { runProgram as modem } from "./firmware/modem/engine_entry";
import { runProgram as radio } from "./firmware/radio/engine_entry";
import { runProgram as signed } from "./firmware/radio/signed_entry";
import { runProgram as reader } from "./firmware/reader/engine_entry";
import { runProgram as token } from "./firmware/token/engine_entry";
import type { NamedProgram } from "./named_programs";
import { runNamed } from "./named_programs";
import { runProgram as desfire } from "./sim/desfire/engine_entry";

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
  { name: "torture", run: torture },
  { name: "leak", run: leak },
];

export function runProgram(host: Host): void {
  runNamed(host, PROGRAMS);
}
