/**
 * @file A program that writes steps to a log for as long as it lives, for tests that kill it or run two. It prints one JSON
 * line for each thing that happened, after it was committed. Does not know what the test is about.
 *
 * Usage: node log-writer.ts LOG_PATH TRACE_ID STEPS [EVERY_NTH_WITH_A_WEAVE [FORKS]]
 *
 * After its steps it forks the trace FORKS times, at its end, into TRACE_ID-0, TRACE_ID-1…
 */
import { writeSync } from 'node:fs'
import { openLog } from '../../src/main/log/index.ts'
import { newBranch, newTrace, plainInsertion, plainStep, traceId } from '../support/recorded-trace.ts'

const [path = '', id = '', stepCount = '0', weaveEvery = '0', forkCount = '0'] = process.argv.slice(2)

/** Straight to the pipe: what was printed is out, even if the process is killed in the next moment. */
function report(event: object): void {
  writeSync(1, `${JSON.stringify(event)}\n`)
}

try {
  const log = await openLog(path)
  report({ kind: 'opened' })
  await log.createTrace(newTrace(id))
  for (let index = 0; index < Number(stepCount); index++) {
    const { step, weave } = Number(weaveEvery) > 0 && index % Number(weaveEvery) === 0 ? plainInsertion(index) : { step: plainStep(index), weave: null }
    await log.commitSteps(traceId(id), [{ step, weave }])
    report({ kind: 'committed', index })
  }
  for (let fork = 0; fork < Number(forkCount); fork++) {
    await log.createTrace(newBranch(`${id}-${fork}`, id, Number(stepCount)))
    report({ kind: 'forked', index: fork })
  }
  const seen = await log.listTraces({ limit: 500, before: null, search: '', modelId: null })
  report({ kind: 'done', traces: seen.traces.map((trace) => ({ id: trace.id, stepCount: trace.stepCount })) })
  await log.close()
} catch (error) {
  report({ kind: 'failed', error: String(error) })
  process.exitCode = 1
}
