// The built page on a local address, and a browser, for the tests of the file that imports this.

import { after, before } from "node:test";
import { DIST, launch } from "./browser.js";
import { serve } from "./server.js";

/** Both are there as soon as tests run. */
export let browser, server;

before(async () => {
  server = await serve(DIST);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});
