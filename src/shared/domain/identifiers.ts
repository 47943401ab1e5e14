/** @file Branded identifiers of everything that is logged; it does not know how they are made or stored. */
import { z } from 'zod'

export const modelIdSchema = z.string().min(1).brand<'ModelId'>()
export type ModelId = z.infer<typeof modelIdSchema>

export const runIdSchema = z.string().min(1).brand<'RunId'>()
export type RunId = z.infer<typeof runIdSchema>

export const traceIdSchema = z.string().min(1).brand<'TraceId'>()
export type TraceId = z.infer<typeof traceIdSchema>

export const weaveIdSchema = z.string().min(1).brand<'WeaveId'>()
export type WeaveId = z.infer<typeof weaveIdSchema>
