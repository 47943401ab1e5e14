/** @file How a report looks, on the screen and on paper. */
export const reportStyle = `
:root { color-scheme: light dark; --line: #c9d0d9; --muted: #55606e; --accent: #0b6fa4; --good: #00704f; --bad: #b3450f; --box: #f3f5f8 }
@media (prefers-color-scheme: dark) { :root { --line: #3a4450; --muted: #a9b3c0; --accent: #56b4e9; --good: #35c39a; --bad: #ff8f57; --box: #1d222a } }
* { box-sizing: border-box }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1.25rem; font: 14px/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2.25rem 0 .5rem } h3 { font-size: 1rem; margin: 1.5rem 0 .25rem }
p, .muted { color: var(--muted); margin: .25rem 0 } p.said { color: inherit }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; max-width: 100% } th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600 } td.number, th.number { text-align: right } td.same { color: var(--muted) } code { font: 12.5px ui-monospace, monospace; overflow-wrap: anywhere }
ul.warnings { margin: .5rem 0; padding: .6rem 1rem .6rem 2rem; background: var(--box); border-left: 4px solid var(--bad) }
table.cells td { text-align: right; min-width: 7rem } .good { color: var(--good) } .bad { color: var(--bad) }
details { border-bottom: 1px solid var(--line); padding: .4rem 0 } summary { cursor: pointer } pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--box); padding: .6rem .8rem; margin: .4rem 0; font: 12.5px/1.5 ui-monospace, monospace }
svg { display: block; max-width: 100%; height: auto } svg text { fill: currentColor; font: 12px system-ui, sans-serif }
@media print { body { margin: 0; max-width: none; font-size: 11px } h2, h3, tr, svg { break-inside: avoid } h2, h3 { break-after: avoid } pre { border: 1px solid var(--line) } a { color: inherit } }
`
