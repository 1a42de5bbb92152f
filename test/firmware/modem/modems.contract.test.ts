/** All drivers keep the contract of the radio port, as the twin does. */
import { describePortContract } from "../../hal/contract";
import { moduleBench } from "./module_rig";
import { bg96Bench, hciBench, lorawanBench } from "./rig";

describePortContract("radio", "iM871A driver", () => hciBench(1000));
describePortContract("radio", "iM871A driver, byte by byte", () => hciBench(1));
describePortContract("radio", "RAK3172 driver", lorawanBench);
describePortContract("radio", "BG96 driver", () => bg96Bench(1000));
describePortContract("radio", "BG96 driver, byte by byte", () => bg96Bench(1));
describePortContract("radio", "driver of a module's own modem", moduleBench);
