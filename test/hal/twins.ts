/** Benches of the twins: virtual time, and each twin's own handles. */
import type { NvmGeometry } from "../../hal/nvm";
import type { Queue } from "../../sim/world/queue";
import { createEvent, createQueue, scheduleEvent, takeHead } from "../../sim/world/queue";
import type { Trace } from "../../sim/world/trace";
import { createBuzzerTwin } from "../../sim/twins/buzzer";
import { createCardReaderTwin } from "../../sim/twins/card_reader";
import { createClockTwin, loseClock } from "../../sim/twins/clock";
import { createCryptoTwin } from "../../sim/twins/crypto";
import { createDisplayTwin } from "../../sim/twins/display";
import { createEngineTwin, raiseEngineFault } from "../../sim/twins/engine";
import { createFirmwareSlotsTwin, slotsPort } from "../../sim/twins/firmware_slots";
import {
  createFlowSensorTwin,
  cutFlowSensor,
  drawAtOnce,
  restoreFlowSensor,
  setSensorFault,
} from "../../sim/twins/flow_sensor";
import { createKeypadTwin, pressKey } from "../../sim/twins/keypad";
import { createNvmTwin } from "../../sim/twins/nvm";
import { NVM_DEFAULT, NVM_GEOMETRIES, nvmGeometry } from "../../sim/twins/nvm_parts";
import { createPowerTwin, setBrownOut } from "../../sim/twins/power";
import { createRadioTwin } from "../../sim/twins/radio";
import { createRandomTwin } from "../../sim/twins/random";
import { createServicePortTwin } from "../../sim/twins/service_port";
import { createTamperTwin, setTamper } from "../../sim/twins/tamper";
import { createTimerTwin, cutTimer, restartTimer } from "../../sim/twins/timer";
import { createValveTwin } from "../../sim/twins/valve";
import { createWatchdogTwin, cutWatchdog } from "../../sim/twins/watchdog";
import type { Benches, PortName } from "./benches";

export interface VirtualTime {
  queue: Queue;
  trace: Trace;
  /** The lines of the trace. */
  lines: string[];
  pass: (span_ms: number) => void;
}

export function virtualTime(): VirtualTime {
  const queue = createQueue();
  const lines: string[] = [];
  const host = { read_line: () => undefined, write_line: (line: string) => lines.push(line) };
  const pass = (span_ms: number): void => {
    const until_ms = queue.now_ms + span_ms;
    scheduleEvent(
      queue,
      createEvent(() => undefined),
      until_ms,
    );
    for (let head = queue.head; head !== undefined && head.at_ms <= until_ms; head = queue.head) {
      takeHead(queue, head);
      head.run();
    }
  };
  return { queue, trace: { on: true, host, queue }, lines, pass };
}

function flowBench(count_wrap: number, survives_power_cut: boolean): Benches["flow"] {
  const { queue, trace, pass } = virtualTime();
  const valve = createValveTwin(queue, trace, 800);
  const twin = createFlowSensorTwin(queue, valve, {
    count_wrap,
    start_count: 100,
    pulse_litres: 1,
    pulse_pulses: 1,
    survives_power_cut,
  });
  valve.port.drive("open");
  pass(valve.port.travel_max_ms);
  return {
    port: twin.port,
    pass,
    run: (pulses) => {
      drawAtOnce(twin, pulses * 1000);
    },
    set_empty: (empty) => {
      setSensorFault(twin, "empty", empty);
    },
    set_cut: (cut) => {
      setSensorFault(twin, "cut", cut);
    },
    off: () => {
      cutFlowSensor(twin);
    },
    on: () => {
      restoreFlowSensor(twin);
    },
  };
}

function nvmBench(geometry: NvmGeometry): Benches["nvm"] {
  const twin = createNvmTwin(geometry);
  return { port: twin.port, pass: () => undefined };
}

function serviceBench(): Benches["service"] {
  const { trace, lines, pass } = virtualTime();
  const twin = createServicePortTwin(trace);
  return {
    port: twin.port,
    pass,
    type: (bytes) => {
      twin.notify(bytes);
    },
    written: () => {
      const said = lines.map((line) => (JSON.parse(line) as { says: string }).says);
      return [...Buffer.from(said.map((line) => `${line}\n`).join("") + twin.unfinished)];
    },
  };
}

function watchdogBench(): Benches["watchdog"] {
  const { queue, pass } = virtualTime();
  const twin = createWatchdogTwin(queue);
  let reset = false;
  return {
    port: twin.port,
    restart: (by) => {
      cutWatchdog(twin, queue, by === "watchdog");
      twin.powered = true;
    },
    pass: (span_ms) => {
      try {
        pass(span_ms);
      } catch {
        reset = true; // The twin stops the run where the hardware would reset the meter.
      }
    },
    was_reset: () => reset,
  };
}

export const TWIN_BENCHES: { [Name in PortName]: () => Benches[Name] } = {
  flow: () => flowBench(256, false),
  valve: () => {
    const { queue, trace, pass } = virtualTime();
    return { port: createValveTwin(queue, trace, 800).port, pass };
  },
  clock: () => {
    const { queue, trace, pass } = virtualTime();
    const twin = createClockTwin(queue, trace, 1551654000);
    return {
      port: twin.port,
      pass,
      lose: () => {
        loseClock(twin);
      },
    };
  },
  timer: () => {
    const { queue, pass } = virtualTime();
    const twin = createTimerTwin(queue);
    return {
      port: twin.port,
      pass,
      restart: (off_ms) => {
        cutTimer(twin, queue);
        pass(off_ms);
        restartTimer(twin, queue);
        return twin.port;
      },
    };
  },
  power: () => {
    const { trace, pass } = virtualTime();
    const twin = createPowerTwin(3600);
    return {
      port: twin.port,
      pass,
      set_supply: (supply_mv) => {
        twin.supply_mv = supply_mv;
      },
      brown_out: (low) => {
        setBrownOut(twin, trace, low);
      },
    };
  },
  tamper: () => {
    const { trace, pass } = virtualTime();
    const twin = createTamperTwin();
    return {
      port: twin.port,
      pass,
      set: (input, active) => {
        setTamper(twin, trace, input, active);
      },
    };
  },
  display: () => {
    const { trace, pass } = virtualTime();
    const twin = createDisplayTwin(trace);
    return { port: twin.port, pass, seen: () => ({ text: twin.text, annunciators: twin.annunciators }) };
  },
  keypad: () => {
    const { trace, pass } = virtualTime();
    const twin = createKeypadTwin();
    return {
      port: twin.port,
      pass,
      press: (key) => {
        pressKey(twin, trace, key);
      },
    };
  },
  buzzer: () => {
    const { trace, pass } = virtualTime();
    return { port: createBuzzerTwin(trace).port, pass };
  },
  service: serviceBench,
  watchdog: watchdogBench,
  random: () => ({ port: createRandomTwin(7), pass: () => undefined }),
  crypto: () => ({ port: createCryptoTwin(), pass: () => undefined }),
  nvm: () => nvmBench(nvmGeometry(NVM_DEFAULT)),
  card: () => {
    const { queue, trace, pass } = virtualTime();
    const twin = createCardReaderTwin(queue, trace);
    return { port: twin.port, pass, insert: twin.insert, remove: twin.remove };
  },
  radio: () => {
    const { queue, trace, pass } = virtualTime();
    const twin = createRadioTwin(queue, trace);
    const longest = new Array<number>(twin.port.frame_max_bytes).fill(170);
    return { port: twin.port, pass, arrive: twin.arrive, lag_ms: 0, frame: (number) => [number], longest };
  },
  engine: () => {
    const twin = createEngineTwin();
    return {
      port: twin.port,
      pass: () => undefined,
      raise: (fault) => {
        raiseEngineFault(twin, fault);
      },
    };
  },
  firmware_slots: () => {
    const twin = createFirmwareSlotsTwin(nvmGeometry(NVM_DEFAULT));
    let restarts = 0;
    twin.running = 0;
    twin.on_restart = () => {
      restarts += 1;
    };
    return { port: slotsPort(twin), pass: () => undefined, restarts: () => restarts };
  },
};

/** The same twins in other forms. */
export const OTHER_BENCHES = {
  surviving_counter: (): Benches["flow"] => flowBench(65536, true),
};

/** Every part by its name. */
export const NVM_BENCHES: [string, () => Benches["nvm"]][] = NVM_GEOMETRIES.map(({ name, geometry }) => [
  name,
  () => nvmBench(geometry),
]);
