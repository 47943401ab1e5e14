/** @file What runs inside Python: it limits itself, then runs one test and reports on file descriptor 3. It knows no task. */
import { z } from 'zod'

/** What the program reads from its standard input, as JSON. */
export interface TestOrder {
  /** Code and tests as one module. */
  readonly code: string
  /** Names of the `resource` module, and numbers. */
  readonly limits: Readonly<Record<string, number>>
}

/** A line of its report. */
export const reportLineSchema = z.discriminatedUnion('kind', [
  /** Limits are set and nothing of the code has run. */
  z.object({ kind: z.literal('started') }),
  z.object({ kind: z.literal('passed') }),
  /** `missingModule` where an import failed. */
  z.object({ kind: z.literal('failed'), reason: z.string(), missingModule: z.string().nullable() }),
])
export type ReportLine = z.infer<typeof reportLineSchema>

/**
 * A test passes if the module can be run and each of its functions that is called `test_…` raises nothing, as in the reference
 * (data/utils/code_utils.py); a module without such a function passes. Leaving Python counts as a failure there too, and so does a test that gives its
 * module another name: by `global`, or by a warning, which Python notes in the module.
 *
 * A limit that the system does not have (macOS: address space) or that is stricter already stays as it is.
 */
export const testProgram = `
import json, os, sys

def tell(**line):
    os.write(3, (json.dumps(line) + "\\n").encode())

def limit(name, value):
    try:
        import resource
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    except (ImportError, AttributeError, ValueError):
        pass

order = json.load(sys.stdin)
for name, value in order["limits"].items():
    limit(name, value)
nothing = os.open(os.devnull, os.O_RDWR)
for descriptor in (0, 1, 2):
    os.dup2(nothing, descriptor)
tell(kind="started")

try:
    module = {}
    exec(order["code"], module)
    for name, value in module.items():
        if callable(value) and name.startswith("test_"):
            value()
except BaseException as error:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    tell(kind="failed", reason=f"{type(error).__name__}: {error}"[:2000], missingModule=missing)
else:
    tell(kind="passed")
os._exit(0)
`
