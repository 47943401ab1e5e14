/** @file What a page of the app may not do, as headers. It does not know what the answer is, nor who serves it. */

/**
 * No inline and no remote scripts; inline styles, because naive-ui writes its theme into style elements.
 * @param connectSources where the page may connect to
 */
export function contentSecurityPolicy(connectSources: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "worker-src 'self'",
    `connect-src ${connectSources}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** @param host the request's Host header, checked before */
export function securityHeaders(host: string): Record<string, string> {
  return {
    // The WebSocket is named beside 'self', which older browsers do not extend to ws:.
    'content-security-policy': contentSecurityPolicy(`'self' ws://${host}`),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  }
}
