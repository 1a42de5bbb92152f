/**
 * The program: what a scenario becomes before it enters an engine. ASCII lines, fields parted by one space, whole
 * numbers in decimal with an optional "-". The desktop has validated the scenario before; a line that breaks the form
 * all the same stops the run with an assertion.
 *
 *   program 1                          first line: the version of this format
 *   set KEY VALUE                      a setting of the meter (settings.ts) or of a twin, see below
 *   holiday DAY                        one listed holiday, days since 1970-01-01
 *   tariff ID START_UTC_S STANDING_MILLI LIMIT_L:PRICE_MILLI ...
 *                                      the tariff at boot; up to 8 blocks; the last LIMIT_L is 0: no limit. PRICE_MILLI
 *                                      is per m3; limits are monthly and cumulative
 *   begin START_UTC_S SEED TRACE       boots the meter; START_UTC_S 0: clock not set; TRACE 1 on, 0 only
 *                                      expectations and the end
 *   T_MS VERB ARGUMENTS                a step, T_MS milliseconds after begin, never falling
 *   T_MS end                           last line
 *
 * Verbs:
 *   commission OPENING_MILLI           commissions the meter with an opening credit
 *   credit SEQUENCE AMOUNT_MILLI       a credit as an authenticated carrier would hand it to the ledger
 *   tariff ID START_UTC_S STANDING_MILLI LIMIT_L:PRICE_MILLI ...
 *                                      a tariff as an authenticated carrier would; START_UTC_S 0: at once
 *   lock 0|1                           remote lock of the valve off or on
 *   clear_tamper                       an authorised technician clears the tamper latch
 *   flow ML                            ML millilitres are asked for in this instant (replay); negative runs backward
 *   draw FLOW_L_H DURATION_MS          a tap is open for a while; negative runs backward; draws add up
 *   household 0|1                      the built-in household's demand off or on (demand.ts)
 *   key CHARACTER                      a key is pressed: 0-9 * #
 *   tamper case|magnet|reader 0|1      an input becomes inactive or active
 *   sensor empty|cut 0|1               empty pipe, cable cut
 *   sensor jump PULSES                 the counter jumps forward without water (interference)
 *   sensor deaf 0|1                    1: the engine has lost its watch of the sensor without a word: the counts go on,
 *                                      nobody is told until the firmware sets its listener again; 0: it is back
 *   valve stuck|slow|lying 0|1         faults of valve.ts
 *   valve leak FLOW_L_H                flow that passes the closed valve
 *   battery MV                         supply voltage from now on
 *   brown_out 0|1                      the brown-out warning comes, or goes
 *   power_cut OFF_MS                   the power fails in this instant, without a warning; after OFF_MS the firmware
 *                                      boots again on the same twins (power_cut.ts)
 *   watchdog_reset OFF_MS              the same, and the next boot is told that the watchdog did it
 *   nvm wear SECTOR program|erase      programs or erases of a sector are without effect from now on, silently
 *   nvm low 0|1                        the supply is too low for the memory: it answers "low_power"
 *   nvm reads right|noisy|empty        what reads bring while it is
 *   clock set UTC_S | clock jump S | clock lost 0
 *   service TEXT                       a line typed at the service port (rest of the line)
 *   card in UIDHEX | card out 0        a card that no application knows enters the field; the card that is there leaves
 *   card part HEX                      at most 64 bytes more of the image of a card (sim/desfire/image.ts)
 *   card make 0                        the image is whole: it is the next card, number 0, 1, 2 and so on
 *   card show NUMBER                   that card enters the field, with all that was written to it
 *   card pull BYTES 0|1                the card that is there leaves once so many bytes have crossed the air; 1: right
 *                                      behind a command, the card has carried it out
 *   card spoil 0                       one bit of the next answer that has data is wrong
 *   card slow MS                       from now on a card takes so much more time for each answer
 *   card save NUMBER                   writes that card's image as a `card_image` line, whether traces are on or not
 *   radio HEX                          a frame arrives at the antenna
 *   modem ok|duty_cycle|failed|silent  what comes of frames that are sent from now on (sim/twins/radio.ts)
 *   expect FIELD is|min|max VALUE      checks a field of the view (view.ts) and writes an `expect` line
 *
 * While the meter is off, what needs it (commission, credit, tariff, lock, clear_tamper, and a power cut) does nothing
 * but write a line with the result "off"; keys are pressed and lines typed in vain; water, faults and clock go on.
 *
 * Twin settings: sensor_wrap (count modulus), sensor_start (both counts at the first boot), valve_travel_ms, battery_mv,
 * sensor_keeps 0|1 and clock_keeps 0|1 (whether counter and clock go on while the meter is off; 0 and 1), nvm NAME
 * (a part of sim/twins/nvm_parts.ts). Settings of the radio (firmware/radio/radio_settings.ts) begin with radio_.
 */
