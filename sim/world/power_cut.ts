/**
 * Power cuts: the supply fails without a warning, and comes back.
 *
 * RAM is lost, and with it the meter; the alarm and the watchdog are gone, a driving valve stops where it is, the glass
 * is blank, a card or radio exchange is never answered. The memory keeps what is in it, the counter of the sensor and
 * the clock go on if they have a cell of their own, and water runs as taps and valve let it.
 *
 * The power may also fail inside a call of the firmware, from the `before` hook of the memory. That call then goes on
 * to its end as a zombie: whatever it does to a port has no effect. Only the main loop gives the power back, when
 * the zombie has returned: `cutPower(world, 0)` in a hook, or `powerOn` when the step or the run has returned.
 */
import { assert } from "../../firmware/assert";
import { loseClock } from "../twins/clock";
import { cutDisplay } from "../twins/display";
import { cutFlowSensor, restoreFlowSensor } from "../twins/flow_sensor";
import { cutKeypad } from "../twins/keypad";
import { cutPowerTwin } from "../twins/power";
import { cutService } from "../twins/service_port";
import { cutTamper } from "../twins/tamper";
import { cutTimer, restartTimer } from "../twins/timer";
import { cutValve } from "../twins/valve";
import { cutWatchdog } from "../twins/watchdog";
import { cancelEvent, scheduleEvent } from "./queue";
import { numberField, textField, writeLine } from "./trace";
import type { World } from "./world";
import { bootWorld } from "./world";

/** Takes the power away in this instant. */
export function powerOff(world: World): void {
  assert(world.powered, "power that is gone cannot fail");
  world.powered = false;
  world.meter = undefined;
  world.boot = "off";
  if (world.trace.on) {
    writeLine(world.trace, "event", "power", numberField("on", 0));
  }
  world.nvm.powered = false;
  world.buzzer.powered = false;
  world.clock.powered = false;
  cutTimer(world.timer, world.queue);
  cutWatchdog(world.watchdog, world.queue, false);
  cutFlowSensor(world.flow);
  cutValve(world.valve, world.queue, world.trace);
  cutDisplay(world.display);
  cutKeypad(world.keypad);
  cutPowerTwin(world.power);
  cutTamper(world.tamper);
  cutService(world.service);
  world.card.cut();
  world.radio.cut();
  if (!world.twins.clock_keeps) {
    loseClock(world.clock);
  }
}

/** Gives the power back, and boots the firmware on the same twins. Never from inside a call of the firmware. */
export function powerOn(world: World): void {
  assert(!world.powered, "power that is there cannot come back");
  world.powered = true;
  cancelEvent(world.queue, world.power_back);
  if (world.trace.on) {
    const after = world.watchdog.caused_reset ? "watchdog" : "cut";
    writeLine(world.trace, "event", "power", numberField("on", 1) + textField("after", after));
  }
  world.nvm.powered = true;
  world.buzzer.powered = true;
  world.clock.powered = true;
  world.watchdog.powered = true;
  world.valve.powered = true;
  world.display.powered = true;
  world.keypad.powered = true;
  world.power.powered = true;
  world.tamper.powered = true;
  world.service.powered = true;
  world.card.powered = true;
  world.radio.powered = true;
  restartTimer(world.timer, world.queue);
  restoreFlowSensor(world.flow);
  bootWorld(world);
}

/** Takes the power away for a while; it comes back from the main loop. */
export function cutPower(world: World, off_ms: number): void {
  powerOff(world);
  world.power_back.run = function () {
    powerOn(world);
  };
  scheduleEvent(world.queue, world.power_back, world.queue.now_ms + off_ms);
}

/** The watchdog resets the meter; the next boot is told. */
export function resetByWatchdog(world: World, off_ms: number): void {
  cutPower(world, off_ms);
  world.watchdog.caused_reset = true;
}
