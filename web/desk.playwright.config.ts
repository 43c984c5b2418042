// The browser tests of the CFD desk and of the system page: they need a venue whose prices follow a tape, so they are run apart.

import base from "./playwright.config";

export default { ...base, testDir: "browser-desk" };
