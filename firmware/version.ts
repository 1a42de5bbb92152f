/** The firmware's id: shown on the display and at the service port; equal to the version in package.json. */
export const FIRMWARE_ID = "0.1.0";
