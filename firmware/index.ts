/**
 * What a board or the simulator uses of the firmware: boot it, start it, and hand it what carriers have authenticated.
 */
export { boot, start } from "./meter";
export { clearTamper, commission, lockRemotely, takeCredit, takeTariff } from "./requests";
