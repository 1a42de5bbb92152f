/** All rooms of the firmware, with the radio as a board's program has it, and the boot for whoever has no board. */
export { boot } from "../../../firmware/index";
export { createProgramOn } from "../../../firmware/program";
