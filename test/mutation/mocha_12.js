/**
 * Lets Stryker's mocha runner (9.6.1, the newest for Node 20) find mocha 12, which renamed the files that the runner
 * asks for without an extension ("mocha/lib/cli/options") from .js to .cjs.
 */
"use strict";

require.extensions[".cjs"] = require.extensions[".js"];
