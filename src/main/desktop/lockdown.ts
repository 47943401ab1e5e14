/** @file What a page may never do: leave the app, open windows, ask for permissions, reach the network. It does not know what the app is for. */
import { app, session, shell } from 'electron'
import type { WebContents } from 'electron'
import { APP_ORIGIN } from './app-protocol.ts'

/** Schemes a page may request; everything else is cancelled before it leaves the process. */
const requestSchemes: readonly string[] = ['app:', 'blob:', 'data:', 'devtools:']

/** Applies to every page of the app, present and future; must run after the app is ready and before a window opens. */
export function lockDown(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, decide) => {
    decide(false)
  })
  session.defaultSession.setPermissionCheckHandler(() => false)
  session.defaultSession.webRequest.onBeforeRequest((details, decide) => {
    decide({ cancel: !requestSchemes.includes(new URL(details.url).protocol) })
  })
  app.on('web-contents-created', (_event, contents) => {
    confine(contents)
  })
}

/** Whether `url` may be handed to the system's browser: plain https, no credentials in it. */
function isExternalLink(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, username, password } = new URL(url)
  return protocol === 'https:' && username === '' && password === ''
}

function confine(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (isExternalLink(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
  contents.on('will-navigate', (event) => {
    if (isOwnPage(event.url)) return
    event.preventDefault()
    if (isExternalLink(event.url)) void shell.openExternal(event.url)
  })
  contents.on('will-frame-navigate', (event) => {
    if (!isOwnPage(event.url)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => {
    if (!isOwnPage(event.url)) event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => {
    event.preventDefault()
  })
}

function isOwnPage(url: string): boolean {
  return url.startsWith(`${APP_ORIGIN}/`)
}
