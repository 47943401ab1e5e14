/** @file The door of the server room. */
export { createApp, LOG_FILE_NAME, type App, type AppOptions } from './app.ts'
export type { Library, ServerContext } from './context.ts'
export { defaultDataDir, type UserPlaces } from './data-dir.ts'
export { openLibrary } from './library.ts'
export { router, type AppRouter } from './router.ts'
export { startWebServer, type WebServer, type WebServerOptions } from './web/web-server.ts'
export { contentSecurityPolicy } from './web/security-headers.ts'
export { readStaticFile, type StaticFile } from './web/static-files.ts'
