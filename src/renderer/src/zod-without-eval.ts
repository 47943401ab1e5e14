/** @file Keeps zod from compiling its parsers with `new Function`, which the content security policy forbids; must be imported before any schema. */
import { z } from 'zod'

z.config({ jitless: true })
