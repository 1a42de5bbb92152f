/** All entries of this folder as one, so that the tests need one bundle: the first line of a run names its entry. */
import type { Host } from "../../../../sim/world/host";
import type { NamedProgram } from "../../../named_programs";
import { runNamed } from "../../../named_programs";
import { runProgram as binding } from "./binding_entry";
import { runProgram as meter } from "./meter_entry";
import { runProgram as mobile } from "./mobile_entry";
import { runProgram as modem } from "./modem_entry";
import { runProgram as parts } from "./parts_entry";

const ENTRIES: NamedProgram[] = [
  { name: "binding", run: binding },
  { name: "meter", run: meter },
  { name: "mobile", run: mobile },
  { name: "modem", run: modem },
  { name: "parts", run: parts },
];

export function runProgram(host: Host): void {
  runNamed(host, ENTRIES);
}
