/** @file The gate auditor's commands over its store; it does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import type { useGateAuditStore } from '../stores/gate-audit.ts'
import { gateCsv } from '../stores/gate-rows.ts'
import type { Command } from './command.ts'
import { saveFile } from './save-file.ts'

export const auditCommandIds = { open: 'app.audit', run: 'audit.run', exportCsv: 'audit.exportCsv' } as const

export function createAuditCommands(audit: ReturnType<typeof useGateAuditStore>, router: Router): Command[] {
  const isHere = (): boolean => router.currentRoute.value.name === 'audit'
  return [
    { id: auditCommandIds.open, title: 'Open the gate auditor', shortcut: 'Alt+6', isEnabled: () => true, run: () => void router.push({ name: 'audit' }) },
    { id: auditCommandIds.run, title: 'Audit the gates', shortcut: 'Alt+A', isEnabled: () => isHere() && audit.question !== null, run: () => audit.ask() },
    {
      id: auditCommandIds.exportCsv,
      title: 'Export the listed positions as CSV',
      shortcut: null,
      isEnabled: () => isHere() && audit.rows.length > 0,
      run: () => saveFile(new Blob([gateCsv(audit.rows)], { type: 'text/csv' }), 'gate-audit.csv'),
    },
  ]
}
