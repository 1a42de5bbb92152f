/** A sensor that stands still, and registers on it. */
import type { FlowSensor } from "../../../hal/flow_sensor";
import type { Register } from "../../../firmware/metrology/register";
import { createRegister } from "../../../firmware/metrology/register";

export function sensor(forward = 0, reverse = 0): FlowSensor {
  return {
    count_wrap: 65536,
    forward_count: () => forward,
    reverse_count: () => reverse,
    empty_pipe: () => false,
    fault: () => "none",
    on_change: () => undefined,
    survives_power_cut: false,
  };
}

export function register(pulse_litres: number, pulse_pulses: number): Register {
  return createRegister(sensor(), pulse_litres, pulse_pulses);
}
