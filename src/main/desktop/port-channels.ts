/** @file The names of the two messages that hand a MessagePort to the page; src/preload/index.ts spells them too, because a sandboxed preload is a file of its own. */

/** Page to main, through the preload: the page is ready to take a port. */
export const PORT_WANTED = 'memgen:port-wanted'
/** Main to page, with the port. */
export const PORT_GIVEN = 'memgen:port'
