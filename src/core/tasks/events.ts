import type { Hearings, NoticeKind } from '#core/events/hearing.ts'
import type { TaskId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import type { TaskKind } from '#core/task-details.ts'

/** The audit events of sensitive tasks. */
export type TasksEvent =
  | {
      /** What is to be done is told by its kind; the rest of it is sealed with the task. */
      readonly kind: 'task.opened' | 'task.cancelled' | 'task.used'
      readonly taskId: TaskId
      readonly deed: TaskKind
    }
  | {
      readonly kind: 'task.approved'
      readonly taskId: TaskId
      readonly deed: TaskKind
      readonly acr: string
      readonly methods: readonly string[]
    }
  | {
      readonly kind: 'task.refused'
      readonly taskId: TaskId
      readonly deed: TaskKind
      readonly problem: Problem
    }

/**
 * What a platform carries out with an approval is told to the client here (R131). What the portal
 * carries out has events of its own.
 */
const TOLD: Readonly<Partial<Record<TaskKind, NoticeKind>>> = {
  withdrawal: 'withdrawal-approved',
  payee: 'payee-approved',
  api_key: 'api-key-approved',
  address: 'address-approved',
}

/** Who is told of each event. An event without an entry here does not compile. */
export const TASKS_EVENTS: Hearings<TasksEvent> = {
  'task.opened': {
    activity: 'task-opened',
    // The client who does it has confirmed this one task with two factors.
    notice: null,
    desk: true,
    counted: true,
  },
  'task.cancelled': {
    activity: 'task-cancelled',
    notice: null,
    desk: true,
    counted: true,
  },
  'task.used': {
    activity: 'task-used',
    notice: ({ deed }) => TOLD[deed] ?? null,
    desk: true,
    counted: true,
  },
  'task.approved': {
    activity: 'task-approved',
    notice: null,
    desk: true,
    counted: true,
  },
  'task.refused': {
    activity: 'task-refused',
    notice: null,
    desk: true,
    counted: true,
  },
}
