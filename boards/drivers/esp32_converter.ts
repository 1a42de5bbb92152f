/**
 * The ESP32's converter at 11 dB, whose readings are no share of its reference: the line that Espressif draws through them
 * for a chip of which nothing is known but its reference of 1.1 V (ESP-IDF v4.4, components/esp_adc_cal,
 * esp_adc_cal_esp32.c: adc1_vref_atten_scale and _offset). Chips differ from it by some percent.
 */

/** What a reading of 0 stands for. */
const ZERO_MV = 142;
/** What a step stands for, in 65,536ths of a millivolt: 1100 x 196,602 / 4096. */
const STEP = 52798;

/** Millivolts at the pin; `reading` has twelve bits. */
export function esp32Millivolts(reading: number): number {
  return ZERO_MV + Math.floor((reading * STEP + 32768) / 65536);
}
