/**
 * Random tests in a mutation run: the same cases every time, so that the score repeats, and no search for the smallest
 * case that fails.
 */
"use strict";

const fc = require("fast-check");

fc.configureGlobal({ seed: 20190304, endOnFailure: true });
