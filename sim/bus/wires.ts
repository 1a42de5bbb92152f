/**
 * Wires: the ends of buses and pins that a driver holds, in the shape of boards/drivers/bus.ts.
 */
export interface SpiWires {
  exchange(out: string, count: number): string;
}

export interface I2cWires {
  write(out: string): boolean;
  read(out: string, count: number): string;
}

export interface PinWires {
  high(): boolean;
  watch(listener: (high: boolean, at_ms: number) => void): void;
  set(high: boolean): void;
}

export interface SwitchWires {
  high(): boolean;
}

export interface BitWires {
  select(on: boolean): void;
  send(value: number, count: number): void;
}

export interface FlashWires {
  read(address: number, length: number): string;
  write(address: number, bytes: string): boolean;
  erase_page(address: number): boolean;
}
