/**
 * Everything a board offers the firmware, as one record.
 */
import type { Buzzer } from "./buzzer";
import type { CardReader } from "./card_reader";
import type { Clock } from "./clock";
import type { Crypto } from "./crypto";
import type { Display } from "./display";
import type { Engine } from "./engine";
import type { FlowSensor } from "./flow_sensor";
import type { Keypad } from "./keypad";
import type { Nvm } from "./nvm";
import type { Power } from "./power";
import type { Radio } from "./radio";
import type { Random } from "./random";
import type { ServicePort } from "./service_port";
import type { Tamper } from "./tamper";
import type { Timer } from "./timer";
import type { Valve } from "./valve";
import type { Watchdog } from "./watchdog";

export interface Hal {
  readonly flow: FlowSensor;
  readonly valve: Valve;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly power: Power;
  readonly tamper: Tamper;
  readonly display: Display;
  readonly keypad: Keypad;
  readonly buzzer: Buzzer;
  readonly service: ServicePort;
  readonly watchdog: Watchdog;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly nvm: Nvm;
  readonly card: CardReader;
  readonly radio: Radio;
  readonly engine: Engine;
}
