/** @file The Content-Security-Policy of the app's pages; it does not know how they are served. */

/**
 * Scripts only from the app's own files, no network at all: the page reaches the host through a MessagePort.
 * Inline styles are allowed because naive-ui writes its theme into style elements.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
