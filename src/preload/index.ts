/** @file Forwards one MessagePort from the main process to the page and exposes nothing else; it does not know what travels through it. */
import { ipcRenderer } from 'electron'

/** What this file needs of the page's window; the folder is type-checked as Node code, without the DOM. */
interface PageWindow {
  addEventListener(type: 'message', listener: (event: { source: unknown; data: unknown }) => void): void
  postMessage(message: string, targetOrigin: string, transfer: unknown[]): void
  location: { origin: string }
}
declare const window: PageWindow

window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'memgen:port-wanted') ipcRenderer.send('memgen:port-wanted')
})

ipcRenderer.on('memgen:port', ({ ports }) => {
  window.postMessage('memgen:port', window.location.origin, [...(ports as readonly unknown[])]) // MessagePort is a DOM type
})
